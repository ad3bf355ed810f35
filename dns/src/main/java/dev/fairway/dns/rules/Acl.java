// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/** Who may ask what: the first rule that matches decides, and without one it is allowed. */
public final class Acl {
  /** What is done with a question. */
  public enum Action {
    /** It is answered. */
    ALLOW,
    /** It is refused. */
    BLOCK,
    /** It gets an empty answer. */
    FILTER,
    /** It gets no answer. */
    DROP
  }

  /**
   * A rule.
   *
   * @param zones of the names it is about
   * @param action what is done
   * @param types it is about, none for all
   * @param sources addresses of clients it is about, none for all
   */
  public record Rule(
      List<WireName> zones, Action action, Set<Integer> types, List<IpPrefix> sources) {
    public Rule {
      zones = List.copyOf(zones);
      types = Set.copyOf(types);
      sources = List.copyOf(sources);
    }
  }

  /** Everybody may ask everything. */
  public static final Acl NONE = new Acl(List.of());

  private static final long MAPPED = 0xffffL << 32;

  private final List<Rule> rules;

  /** Prefix and mask of each source of each rule, four words each, IPv4 as mapped IPv6. */
  private final long[][] sources;

  /** Rules in their order. */
  public Acl(List<Rule> rules) {
    this.rules = List.copyOf(rules);
    this.sources = new long[rules.size()][];
    for (int i = 0; i < sources.length; i++) {
      List<IpPrefix> prefixes = rules.get(i).sources();
      sources[i] = new long[prefixes.size() * 4];
      for (int j = 0; j < prefixes.size(); j++) {
        put(prefixes.get(j), sources[i], j * 4);
      }
    }
  }

  private static void put(IpPrefix prefix, long[] words, int at) {
    IpAddress address = prefix.address();
    int bits = prefix.length() + (address.isV4() ? 96 : 0);
    ByteBuffer bytes = ByteBuffer.wrap(address.toBytes());
    words[at] = address.isV4() ? 0 : bytes.getLong();
    words[at + 1] = address.isV4() ? MAPPED | (bytes.getInt() & 0xffff_ffffL) : bytes.getLong();
    words[at + 2] = bits == 0 ? 0 : -1L << (64 - Math.min(bits, 64));
    words[at + 3] = bits <= 64 ? 0 : -1L << (128 - bits);
  }

  boolean isEmpty() {
    return rules.isEmpty();
  }

  /**
   * What is to be done with a question.
   *
   * @param high upper half of the client's address, IPv4 as mapped IPv6
   * @param low lower half
   */
  public Action decide(WireName name, int type, long high, long low) {
    for (int i = 0; i < sources.length; i++) {
      Rule rule = rules.get(i);
      if (isIn(name, rule.zones)
          && (rule.types.isEmpty() || rule.types.contains(type))
          && isFrom(sources[i], high, low)) {
        return rule.action;
      }
    }
    return Action.ALLOW;
  }

  private static boolean isIn(WireName name, List<WireName> zones) {
    for (int i = 0; i < zones.size(); i++) {
      if (name.labelsBefore(zones.get(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  private static boolean isFrom(long[] words, long high, long low) {
    for (int i = 0; i < words.length; i += 4) {
      if ((high & words[i + 2]) == words[i] && (low & words[i + 3]) == words[i + 1]) {
        return true;
      }
    }
    return words.length == 0;
  }
}
