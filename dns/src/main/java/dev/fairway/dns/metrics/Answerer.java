// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.metrics;

/** Who made a response: the label {@code plugin} of CoreDNS's metrics. */
public enum Answerer {
  /** The server itself, as of errors. */
  SERVER(""),
  KUBERNETES("kubernetes"),
  FORWARD("forward"),
  CACHE("cache"),
  HOSTS("hosts"),
  TEMPLATE("template"),
  ACL("acl"),
  AUTOPATH("autopath");

  private final String label;

  Answerer(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
