// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What somebody may have meant who wrote a name that is not known. */
final class NearestName {
  private static final int MAX_DISTANCE = 3;
  private static final int MAX_NAME = 64;

  private NearestName() {}

  /** The known name with the fewest other characters, in whatever order its words are, or null. */
  static @Nullable String of(String name, Collection<String> names) {
    if (name.length() > MAX_NAME) {
      return null;
    }
    String best = null;
    int bestDistance = MAX_DISTANCE + 1;
    for (String known : names) {
      int distance = Math.min(distance(name, known), 1 + distance(sorted(name), sorted(known)));
      if (distance < bestDistance) {
        best = known;
        bestDistance = distance;
      }
    }
    return best;
  }

  private static String sorted(String name) {
    String[] words = name.split("[-_.]");
    Arrays.sort(words);
    return String.join("-", words);
  }

  /** Insertions, deletions and replacements of characters between two words (Levenshtein). */
  private static int distance(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] now = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      before[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      now[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        now[j] = Math.min(replaced, 1 + Math.min(before[j], now[j - 1]));
      }
      int[] swap = before;
      before = now;
      now = swap;
    }
    return before[b.length()];
  }
}
