// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.config.CorefileLexer.Word;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the structure of a Corefile: server blocks, snippets <code>(name) {...}</code> and {@code
 * import} of snippets and files.
 */
final class CorefileParser {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_IMPORTS = 1000;

  private final Path folder;
  private final Function<String, @Nullable String> environment;
  private final Problems problems;
  private final Map<String, List<Word>> snippets = new HashMap<>();
  private List<Word> words = List.of();
  private int at;
  private int imports;

  /**
   * A parser.
   *
   * @param folder relative to which files are imported
   */
  CorefileParser(Path folder, Function<String, @Nullable String> environment, Problems problems) {
    this.folder = folder;
    this.environment = environment;
    this.problems = problems;
  }

  List<ServerBlock> parse(String file, String text) {
    words = new ArrayList<>(new CorefileLexer(file, text, environment).words(problems));
    List<ServerBlock> blocks = new ArrayList<>();
    at = 0;
    while (at < words.size() && problems.isEmpty()) {
      Word first = words.get(at);
      if (first.is("import")) {
        expandImport();
      } else if (isSnippetName(first) && at + 1 < words.size() && words.get(at + 1).is("{")) {
        snippet();
      } else {
        blocks.add(block());
      }
    }
    return blocks;
  }

  private static boolean isSnippetName(Word word) {
    return !word.quoted()
        && word.text().length() > 2
        && word.text().startsWith("(")
        && word.text().endsWith(")");
  }

  private void snippet() {
    Word name = words.get(at);
    int from = at + 2;
    int depth = 1;
    at = from;
    while (at < words.size() && depth > 0) {
      depth += words.get(at).is("{") ? 1 : words.get(at).is("}") ? -1 : 0;
      at++;
    }
    if (depth > 0) {
      problems.add(place(name, name.text()), "the brace is not closed");
      return;
    }
    String key = name.text().substring(1, name.text().length() - 1);
    if (snippets.put(key, List.copyOf(words.subList(from, at - 1))) != null) {
      problems.add(place(name, name.text()), "there is another snippet of that name");
    }
  }

  private ServerBlock block() {
    Word first = words.get(at);
    List<String> keys = new ArrayList<>();
    while (at < words.size() && !words.get(at).is("{")) {
      Word word = words.get(at);
      boolean goesOn = keys.isEmpty() || word.line() == words.get(at - 1).line() || endsWithComma();
      if (!goesOn || word.is("}")) {
        break;
      }
      for (String key : word.text().split(",", -1)) {
        if (!key.isEmpty()) {
          keys.add(key);
        }
      }
      at++;
    }
    Directive.Place place = place(first, String.join(" ", keys));
    if (at >= words.size() || !words.get(at).is("{")) {
      problems.add(place, "a server block needs '{' at the end of its first line");
      at = words.size();
      return new ServerBlock(keys, List.of(), place);
    }
    at++;
    return new ServerBlock(keys, directives(first, 1), place);
  }

  private boolean endsWithComma() {
    return words.get(at - 1).text().endsWith(",");
  }

  /** Reads lines up to the closing brace, and that brace. */
  private List<Directive> directives(Word opener, int depth) {
    List<Directive> directives = new ArrayList<>();
    if (depth > MAX_DEPTH) {
      problems.add(place(opener, opener.text()), "braces are nested more than 16 deep");
      at = words.size();
      return directives;
    }
    while (at < words.size() && problems.isEmpty()) {
      Word word = words.get(at);
      if (word.is("}")) {
        at++;
        return directives;
      }
      if (word.is("import")) {
        expandImport();
      } else if (word.is("{")) {
        problems.add(place(word, "{"), "a brace must stand after a directive");
        at++;
      } else {
        directives.add(directive(depth));
      }
    }
    if (problems.isEmpty()) {
      problems.add(place(opener, opener.text()), "the brace is not closed");
    }
    return directives;
  }

  private Directive directive(int depth) {
    Word name = words.get(at++);
    List<String> args = new ArrayList<>();
    while (at < words.size() && isSameLine(name, words.get(at))) {
      Word word = words.get(at);
      if (word.is("}")) {
        break;
      }
      if (word.is("{")) {
        at++;
        return new Directive(
            name.text(), args, directives(name, depth + 1), place(name, name.text()));
      }
      args.add(word.text());
      at++;
    }
    return new Directive(name.text(), args, List.of(), place(name, name.text()));
  }

  private static boolean isSameLine(Word a, Word b) {
    return a.line() == b.line() && a.file().equals(b.file());
  }

  /** Puts what an import names in its place. */
  private void expandImport() {
    Word word = words.get(at);
    if (at + 1 >= words.size() || !isSameLine(word, words.get(at + 1))) {
      problems.add(place(word, "import"), "names nothing (allowed: a snippet or a file)");
      return;
    }
    if (++imports > MAX_IMPORTS) {
      problems.add(place(word, "import"), "more than 1000 imports; one imports itself?");
      return;
    }
    String what = words.get(at + 1).text();
    List<Word> found = snippets.get(what);
    List<Word> inserted = found == null ? files(word, what) : found;
    words.subList(at, at + 2).clear();
    words.addAll(at, inserted);
  }

  private List<Word> files(Word word, String pattern) {
    List<Word> found = new ArrayList<>();
    Path path = folder.resolve(pattern);
    Path parent = path.getParent();
    Path last = path.getFileName();
    if (parent == null || last == null) {
      problems.value(place(word, "import"), pattern, "a snippet or a file");
      return found;
    }
    boolean glob = pattern.indexOf('*') >= 0 || pattern.indexOf('?') >= 0;
    try {
      if (glob) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> matching = Files.newDirectoryStream(parent, last.toString())) {
          matching.forEach(files::add);
        }
        files.sort(null);
        for (Path file : files) {
          found.addAll(read(file));
        }
      } else {
        found.addAll(read(path));
      }
    } catch (IOException e) {
      problems.add(
          place(word, "import"), "'" + pattern + "' is no snippet and cannot be read: " + e);
    }
    return found;
  }

  private List<Word> read(Path file) throws IOException {
    return new CorefileLexer(file.toString(), ConfigFile.read(file), environment).words(problems);
  }

  private static Directive.Place place(Word word, String path) {
    return new Directive.Place(word.file(), word.line(), path);
  }
}
