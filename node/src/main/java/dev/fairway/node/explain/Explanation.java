// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import java.util.List;

/**
 * What is said about a target.
 *
 * @param answers whether somebody would answer
 * @param lines for people, without line ends
 */
public record Explanation(boolean answers, List<String> lines) {
  public Explanation {
    lines = List.copyOf(lines);
  }
}
