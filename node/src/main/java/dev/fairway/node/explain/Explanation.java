// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.kube.codec.KubeCodec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is said about a target.
 *
 * @param answers whether somebody would answer
 * @param lines for people, without line ends
 * @param facts the same for programs, null where the lines are all there is
 */
public record Explanation(boolean answers, List<String> lines, @Nullable ObjectNode facts) {
  public Explanation {
    lines = List.copyOf(lines);
  }

  /** An explanation in words alone. */
  Explanation(boolean answers, List<String> lines) {
    this(answers, lines, null);
  }

  /** The same with more lines at the end. */
  public Explanation and(List<String> more) {
    List<String> all = new ArrayList<>(lines);
    all.addAll(more);
    return new Explanation(answers, all, facts);
  }

  /** What can be said where no API server is asked: the rows that follow. */
  public static Explanation ofKernelAlone() {
    return new Explanation(
        false, List.of("no API server was asked (--kubeconfig): only what the kernel has"), null);
  }

  /**
   * The same with what the kernel of a node has.
   *
   * @param rows of eBPF maps in words, none if the address is not in them
   */
  public Explanation withKernel(String node, List<String> rows) {
    ObjectNode more = facts == null ? KubeCodec.json().createObjectNode() : facts.deepCopy();
    ArrayNode array = more.withObjectProperty("kernel").putArray(node);
    rows.forEach(array::add);
    List<String> all = new ArrayList<>(lines);
    all.add("");
    all.add("in the kernel, for node " + node + ":");
    if (rows.isEmpty()) {
      all.add("  no row: sockets of this machine connect to the address as it is");
    }
    rows.forEach(row -> all.add("  " + row));
    boolean isAnswered =
        answers
            || (!more.has("verdict")
                && rows.stream().anyMatch(row -> row.contains("are forwarded to")));
    return new Explanation(isAnswered, all, more);
  }

  /** All that is known, as JSON. */
  public ObjectNode json(String target) {
    ObjectNode json = KubeCodec.json().createObjectNode();
    json.put("target", target).put("answers", answers);
    if (facts != null) {
      json.setAll(facts);
    }
    lines.forEach(json.putArray("text")::add);
    return json;
  }
}
