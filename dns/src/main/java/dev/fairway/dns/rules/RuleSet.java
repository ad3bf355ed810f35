// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.WireName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All blocks; the one with the longest zone decides. Immutable. */
public final class RuleSet {
  /** Every name: the cluster zone, then upstreams. */
  public static final RuleSet PLAIN = new RuleSet(List.of(Block.of(".")));

  private final List<Block> blocks;
  private final boolean plain;

  private RuleSet(List<Block> blocks) {
    List<Block> longestFirst = new ArrayList<>(blocks);
    longestFirst.sort(Comparator.comparingInt((Block block) -> -block.zone().labels()));
    this.blocks = List.copyOf(longestFirst);
    this.plain = blocks.size() == 1 && blocks.getFirst().isPlain() && blocks.getFirst().isRoot();
  }

  /** The rules of these blocks; names in none are refused. */
  public static RuleSet of(List<Block> blocks) {
    return new RuleSet(blocks);
  }

  /** Whether these are the rules of {@link #PLAIN}, so that nobody need look for a block. */
  public boolean isPlain() {
    return plain;
  }

  /** Whether any name is answered from the cluster zone. */
  public boolean asksCluster() {
    return blocks.stream().anyMatch(block -> block.cluster().asked());
  }

  /** The blocks, those with longer zones first. */
  public List<Block> blocks() {
    return blocks;
  }

  /** The block that decides about a name, null if none does. */
  public @Nullable Block block(WireName name) {
    for (int i = 0; i < blocks.size(); i++) {
      if (name.labelsBefore(blocks.get(i).zone()) >= 0) {
        return blocks.get(i);
      }
    }
    return null;
  }
}
