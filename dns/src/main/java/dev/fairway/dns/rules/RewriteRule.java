// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import java.util.List;

/**
 * One rule that changes questions, or their answers.
 *
 * @param change what it does
 * @param goesOn whether later rules are looked at too once this one has matched
 */
public record RewriteRule(Change change, boolean goesOn) {
  /** What a rule does. */
  public sealed interface Change {}

  /**
   * Asks for another name.
   *
   * @param pattern of the name
   * @param restore whether the old name is put back into the answer's owners
   * @param owners further changes of the answer's owners
   * @param values changes of names in the data of the answer's records
   */
  public record Name(
      NamePattern pattern, boolean restore, List<NamePattern> owners, List<NamePattern> values)
      implements Change {
    public Name {
      owners = List.copyOf(owners);
      values = List.copyOf(values);
    }
  }

  /** Asks for another type. */
  public record Type(int from, int to) implements Change {}

  /**
   * Bounds the TTLs of answers.
   *
   * @param pattern of the name
   * @param min seconds
   * @param max seconds
   */
  public record Ttl(NamePattern pattern, long min, long max) implements Change {}

  /**
   * Answers with another code.
   *
   * @param pattern of the name
   */
  public record Code(NamePattern pattern, int from, int to) implements Change {}
}
