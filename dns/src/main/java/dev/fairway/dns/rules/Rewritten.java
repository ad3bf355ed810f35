// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.ResponseEditor;
import dev.fairway.dns.wire.WireName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question that was changed by rules, and what is to be done with its answer. Immutable once
 * {@link #of} has made it.
 */
public final class Rewritten implements ResponseEditor.Edit {
  private final byte[] original;
  private final byte @Nullable [] message;
  private final List<NamePattern> owners = new ArrayList<>();
  private final List<NamePattern> values = new ArrayList<>();
  private final List<RewriteRule.Ttl> ttls = new ArrayList<>();
  private final List<RewriteRule.Code> codes = new ArrayList<>();

  private Rewritten(byte[] original, byte @Nullable [] message) {
    this.original = original;
    this.message = message;
  }

  /** What rules make of a query; null where none matches. */
  static @Nullable Rewritten of(List<RewriteRule> rules, Query query) {
    String name = query.name().toString();
    String asked = name;
    int type = query.type();
    List<NamePattern> owners = new ArrayList<>();
    List<NamePattern> values = new ArrayList<>();
    List<RewriteRule.Ttl> ttls = new ArrayList<>();
    List<RewriteRule.Code> codes = new ArrayList<>();
    boolean matched = false;
    for (RewriteRule rule : rules) {
      boolean matches =
          switch (rule.change()) {
            case RewriteRule.Name change -> {
              String next = change.pattern().replace(asked);
              if (next != null) {
                // The answer goes the way back: what was changed last is restored first.
                values.addAll(0, change.values());
                owners.addAll(0, change.owners());
                if (change.restore()) {
                  owners.addFirst(new Restore(change.pattern(), next, asked));
                }
                asked = next;
              }
              yield next != null;
            }
            case RewriteRule.Type change -> {
              boolean is = type == change.from();
              type = is ? change.to() : type;
              yield is;
            }
            case RewriteRule.Ttl change ->
                change.pattern().replace(asked) != null && ttls.add(change);
            case RewriteRule.Code change ->
                change.pattern().replace(asked) != null && codes.add(change);
          };
      matched |= matches;
      if (matches && !rule.goesOn()) {
        break;
      }
    }
    if (!matched) {
      return null;
    }
    byte[] wire = WireName.encode(asked);
    byte[] original = query.copyMessage();
    Rewritten rewritten =
        new Rewritten(original, wire == null ? null : query.withQuestion(wire, type));
    rewritten.owners.addAll(owners);
    rewritten.values.addAll(values);
    rewritten.ttls.addAll(ttls);
    rewritten.codes.addAll(codes);
    return rewritten;
  }

  /** The changed message, null when the new name cannot be one. */
  public byte @Nullable [] message() {
    return message;
  }

  /** The message as the client sent it. */
  @Override
  public byte[] original() {
    return original;
  }

  @Override
  public String owner(String name) {
    return apply(owners, name);
  }

  @Override
  public String value(String name) {
    return apply(values, name);
  }

  private static String apply(List<NamePattern> patterns, String name) {
    String result = name;
    for (NamePattern pattern : patterns) {
      String next = pattern.replace(NamePattern.normal(result));
      result = next == null ? result : next;
    }
    return result;
  }

  @Override
  public long ttl(long ttl) {
    long result = ttl;
    for (RewriteRule.Ttl change : ttls) {
      result = Math.clamp(result, change.min(), change.max());
    }
    return result;
  }

  @Override
  public int rcode(int rcode) {
    int result = rcode;
    for (RewriteRule.Code change : codes) {
      result = result == change.from() ? change.to() : result;
    }
    return result;
  }
}
