// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads a configuration in YAML into the directives that a Corefile would have. A key in camel case
 * is a directive in snake case; {@code true} is a directive without words, {@code false} none; keys
 * that stand for words by position are listed in {@link #POSITIONS}.
 */
final class YamlReader {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_VALUES = 200_000;
  private static final String SERVERS = "servers";
  private static final String ZONES = "zones";
  private static final String PORT = "port";

  /** The directives of the whole process, which stand at the top of the file. */
  private static final Set<String> PROCESS =
      Set.of(
          "health",
          "ready",
          "prometheus",
          "reload",
          "errors",
          "bind",
          "multisocket",
          "tls",
          "transfer",
          "chaos",
          "cookie",
          "ratelimit",
          "ddr",
          "local_names");

  /** Keys of a mapping whose values are the words of the directive, in this order. */
  private static final Map<String, List<String>> POSITIONS =
      Map.ofEntries(
          Map.entry("forward", List.of("from", "to")),
          Map.entry("cache", List.of("ttl", ZONES)),
          Map.entry("kubernetes", List.of(ZONES)),
          Map.entry("hosts", List.of("file", ZONES)),
          Map.entry("health", List.of("address")),
          Map.entry("ready", List.of("address")),
          Map.entry("prometheus", List.of("address")),
          Map.entry("reload", List.of("interval", "jitter")),
          Map.entry("template", List.of("class", "type", ZONES)),
          Map.entry("acl", List.of(ZONES)),
          Map.entry("log", List.of("names", "format")),
          Map.entry("autopath", List.of(ZONES, "source")),
          Map.entry("loadbalance", List.of("policy")),
          Map.entry("success", List.of("capacity", "ttl", "minTtl")),
          Map.entry("denial", List.of("capacity", "ttl", "minTtl")),
          Map.entry("prefetch", List.of("amount", "duration", "percentage")),
          Map.entry("serve_stale", List.of("duration", "mode", "wait", "ttl", "recheck")),
          Map.entry("tls", List.of("certificate", "key", "authorities")),
          Map.entry("transfer", List.of(ZONES)),
          Map.entry("chaos", List.of("version", "authors")),
          Map.entry("cookie", List.of("secrets")),
          Map.entry("ratelimit", List.of("perSecond", "burst")),
          Map.entry("health_check", List.of("interval", "options")));

  private final String file;
  private final Problems problems;
  private int values;

  YamlReader(String file, Problems problems) {
    this.file = file;
    this.problems = problems;
  }

  List<ServerBlock> parse(String text) {
    Optional<Node> root;
    try {
      LoadSettings settings =
          LoadSettings.builder().setLabel(file).setMaxAliasesForCollections(50).build();
      root = new Compose(settings).composeString(text);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      problems.add(new Directive.Place(file, line, "YAML"), e.getProblem());
      return List.of();
    } catch (YamlEngineException e) {
      problems.add(new Directive.Place(file, 1, "YAML"), String.valueOf(e.getMessage()));
      return List.of();
    }
    if (root.isEmpty() || !(root.get() instanceof MappingNode top)) {
      problems.add(
          new Directive.Place(file, 1, "YAML"), "the file must be a mapping with 'servers'");
      return List.of();
    }
    return servers(top);
  }

  private List<ServerBlock> servers(MappingNode top) {
    List<Directive> process = new ArrayList<>();
    List<ServerBlock> blocks = new ArrayList<>();
    for (Entry entry : entries(top, "")) {
      if (entry.key.equals(SERVERS)) {
        if (entry.value instanceof SequenceNode list) {
          int index = 0;
          for (Node node : list.getValue()) {
            String path = SERVERS + "[" + index++ + "]";
            if (node instanceof MappingNode server) {
              blocks.add(server(server, path));
            } else {
              problems.add(place(node, path), "must be a mapping");
            }
          }
        } else {
          problems.add(place(entry.value, SERVERS), "must be a list");
        }
      } else if (PROCESS.contains(snake(entry.key))) {
        convert(entry.key, entry.value, entry.key, 1, process);
      } else {
        problems.add(
            place(entry.value, entry.key),
            "is no key at the top (allowed: servers, " + String.join(", ", sorted(PROCESS)) + ")");
      }
    }
    if (blocks.isEmpty()) {
      problems.add(new Directive.Place(file, 1, SERVERS), "at least one server is needed");
    } else if (!process.isEmpty()) {
      ServerBlock first = blocks.getFirst();
      process.addAll(first.directives());
      blocks.set(0, new ServerBlock(first.keys(), process, first.place()));
    }
    return blocks;
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }

  private ServerBlock server(MappingNode server, String path) {
    List<String> zones = List.of(".");
    String port = "";
    List<Directive> directives = new ArrayList<>();
    for (Entry entry : entries(server, path)) {
      String at = path + "." + entry.key;
      if (entry.key.equals(ZONES)) {
        zones = words(entry.value, at);
      } else if (entry.key.equals(PORT)) {
        port = ":" + String.join("", words(entry.value, at));
      } else {
        convert(entry.key, entry.value, at, 1, directives);
      }
    }
    String suffix = port;
    return new ServerBlock(
        // A zone with a scheme has a port of its own.
        zones.stream().map(zone -> zone.contains("://") ? zone : zone + suffix).toList(),
        directives,
        place(server, path));
  }

  /** Adds the directives that a key and its value stand for. */
  private void convert(String key, Node value, String path, int depth, List<Directive> out) {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
      problems.add(place(value, path), "is nested too deep, or there are too many values");
      return;
    }
    String name = snake(key);
    switch (value) {
      case ScalarNode scalar -> {
        switch (scalar.getValue()) {
          case "false" -> {}
          case "true", "" -> out.add(new Directive(name, List.of(), List.of(), place(value, path)));
          default ->
              out.add(
                  new Directive(name, List.of(scalar.getValue()), List.of(), place(value, path)));
        }
      }
      case SequenceNode list -> convertList(name, list, path, depth, out);
      case MappingNode mapping -> out.add(directive(name, mapping, path, depth));
      default -> problems.add(place(value, path), "must be a value, a list or a mapping");
    }
  }

  private void convertList(
      String name, SequenceNode list, String path, int depth, List<Directive> out) {
    boolean lines = name.equals("rules") || name.equals("entries") || name.equals("rewrite");
    List<String> words = new ArrayList<>();
    int index = 0;
    for (Node node : list.getValue()) {
      String at = path + "[" + index++ + "]";
      if (node instanceof MappingNode mapping) {
        out.add(directive(name, mapping, at, depth + 1));
      } else if (node instanceof ScalarNode scalar && lines) {
        line(name, scalar, at, out);
      } else if (node instanceof ScalarNode scalar) {
        words.add(scalar.getValue());
      } else {
        problems.add(place(node, at), "must be a value or a mapping");
      }
    }
    if (!words.isEmpty()) {
      out.add(new Directive(name, words, List.of(), place(list, path)));
    }
  }

  /** A line as it would stand in a Corefile. */
  private void line(String name, ScalarNode scalar, String path, List<Directive> out) {
    List<String> words =
        new CorefileLexer(file, scalar.getValue(), variable -> "{$" + variable + "}")
            .words(problems).stream().map(CorefileLexer.Word::text).toList();
    if (words.isEmpty()) {
      problems.add(place(scalar, path), "is empty");
    } else if (name.equals("rewrite")) {
      out.add(new Directive(name, words, List.of(), place(scalar, path)));
    } else {
      out.add(
          new Directive(
              words.getFirst(), words.subList(1, words.size()), List.of(), place(scalar, path)));
    }
  }

  private Directive directive(String name, MappingNode mapping, String path, int depth) {
    List<String> positions = POSITIONS.getOrDefault(name, List.of());
    List<List<String>> args = new ArrayList<>();
    positions.forEach(position -> args.add(List.of()));
    List<Directive> children = new ArrayList<>();
    for (Entry entry : entries(mapping, path)) {
      String at = path + "." + entry.key;
      int position = positions.indexOf(entry.key);
      if (position >= 0) {
        args.set(position, words(entry.value, at));
      } else {
        convert(entry.key, entry.value, at, depth + 1, children);
      }
    }
    if (name.equals("forward") && args.getFirst().isEmpty()) {
      args.set(0, List.of("."));
    }
    List<String> words = args.stream().flatMap(List::stream).toList();
    return new Directive(name, words, children, place(mapping, path));
  }

  private List<String> words(Node node, String path) {
    List<String> words = new ArrayList<>();
    switch (node) {
      case ScalarNode scalar -> words.add(scalar.getValue());
      case SequenceNode list -> {
        for (Node item : list.getValue()) {
          if (item instanceof ScalarNode scalar) {
            words.add(scalar.getValue());
          } else {
            problems.add(place(item, path), "must be a list of values");
          }
        }
      }
      default -> problems.add(place(node, path), "must be a value or a list of values");
    }
    return words;
  }

  private record Entry(String key, Node value) {}

  private List<Entry> entries(MappingNode mapping, String path) {
    List<Entry> entries = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String key = scalar(tuple.getKeyNode());
      String at = path.isEmpty() ? String.valueOf(key) : path + "." + key;
      if (key == null) {
        problems.add(place(tuple.getKeyNode(), path), "a key must be text");
      } else if (!seen.add(key)) {
        problems.add(place(tuple.getKeyNode(), at), "stands there twice");
      } else {
        entries.add(new Entry(key, tuple.getValueNode()));
      }
    }
    return entries;
  }

  private static @Nullable String scalar(Node node) {
    return node instanceof ScalarNode scalar ? scalar.getValue() : null;
  }

  private static String snake(String key) {
    StringBuilder name = new StringBuilder();
    for (char c : key.toCharArray()) {
      if (c >= 'A' && c <= 'Z') {
        name.append('_').append((char) (c + ('a' - 'A')));
      } else {
        name.append(c);
      }
    }
    return name.toString();
  }

  private Directive.Place place(Node node, String path) {
    int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    return new Directive.Place(file, line, path);
  }
}
