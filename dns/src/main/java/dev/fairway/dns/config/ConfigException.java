// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import java.util.List;

/** A configuration that cannot be used, with all reasons. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  ConfigException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** One sentence for each fault: file, line, key, value and what is allowed. */
  public List<String> problems() {
    return problems;
  }
}
