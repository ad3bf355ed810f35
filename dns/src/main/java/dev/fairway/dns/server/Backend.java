// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.forward.Forwarder;
import dev.fairway.dns.rules.RuleSet;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration can change while queries come in: the rules and where other names are looked
 * up. Thread-safe; each query is answered with one {@link State}.
 */
public final class Backend {
  /**
   * What is in force.
   *
   * @param forwarder null to refuse names outside the cluster
   */
  public record State(RuleSet rules, @Nullable Forwarder forwarder) {}

  private volatile State state;

  /** A backend. */
  public Backend(RuleSet rules, @Nullable Forwarder forwarder) {
    this.state = new State(rules, forwarder);
  }

  /** What is in force. */
  public State state() {
    return state;
  }

  /** Puts other rules in force; lookups under way end with the old forwarder. */
  public void set(RuleSet rules, @Nullable Forwarder forwarder) {
    state = new State(rules, forwarder);
  }
}
