// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

/** Transport protocol of a service port. */
public enum Protocol {
  TCP,
  UDP,
  SCTP;

  /** The protocol of that API name; "" means TCP, as does every name the API does not know. */
  public static Protocol ofApiName(String name) {
    return switch (name) {
      case "UDP" -> UDP;
      case "SCTP" -> SCTP;
      default -> TCP;
    };
  }
}
