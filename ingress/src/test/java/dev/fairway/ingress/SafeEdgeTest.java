// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** SAFE-EDGE.md names tests that exist. */
class SafeEdgeTest {
  private static final Pattern LINE = Pattern.compile("\\| (\\d+) \\| [^|]+ \\| ([^|]+) \\|");
  private static final Pattern PROOF =
      Pattern.compile("`(\\w+)(?:#(\\w+)| \"([^\"`]+)\")?`(?:, |$)");

  @Test
  void everyLineHasTestsThatExist() throws IOException {
    Map<String, String> sources = sources();
    List<Integer> numbers = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (String text : Files.readAllLines(Path.of("SAFE-EDGE.md"))) {
      Matcher line = LINE.matcher(text);
      if (line.matches()) {
        numbers.add(Integer.valueOf(line.group(1)));
        missing.addAll(missing(line.group(2).strip(), sources));
      }
    }
    assertThat(missing).isEmpty();
    assertThat(numbers)
        .hasSizeGreaterThan(40)
        .isEqualTo(IntStream.rangeClosed(1, numbers.size()).boxed().toList());
  }

  private static List<String> missing(String proofs, Map<String, String> sources) {
    List<String> missing = new ArrayList<>();
    Matcher proof = PROOF.matcher(proofs);
    int at = 0;
    while (proof.find() && proof.start() == at) {
      at = proof.end();
      String source = sources.getOrDefault(proof.group(1), "");
      boolean method = proof.group(2) == null || source.contains("void " + proof.group(2) + "(");
      boolean row =
          proof.group(3) == null
              || source.contains('"' + proof.group(3) + '"')
              || source.contains('"' + proof.group(3) + ',');
      if (source.isEmpty() || !method || !row) {
        missing.add(proof.group());
      }
    }
    if (at == 0 || at < proofs.length()) {
      missing.add("not understood: " + proofs.substring(at));
    }
    return missing;
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String folder : List.of("../node/src/test/java", "src/test/java")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.put(name, Files.readString(file));
        }
      }
    }
    return sources;
  }
}
