// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.ServiceName;

/**
 * Where a proxier reports what the owner of a Service should know; implementations must not block.
 */
public interface ProxyEvents {
  /** An address of the Service is in use by another process. */
  String ADDRESS_IN_USE = "AddressInUse";

  /** An address of the Service may not be bound, for lack of privilege or of the address. */
  String BIND_FAILED = "BindFailed";

  /** A port of the Service has a protocol that the data plane cannot serve. */
  String UNSUPPORTED_PROTOCOL = "UnsupportedProtocol";

  /** The health check node port of the Service could not be opened. */
  String HEALTH_CHECK_FAILED = "FailedToStartServiceHealthcheck";

  /** A limit keeps clients of the Service away. */
  String LIMIT_REACHED = "LimitReached";

  /** An annotation of the Service has a value that is not known. */
  String INVALID_ANNOTATION = "InvalidAnnotation";

  /** Another Service has the same address, port and protocol and keeps it. */
  String FRONTEND_CONFLICT = "FrontendConflict";

  /**
   * Something keeps part of a Service from working.
   *
   * @param reason one of the constants here, in the form of an Event's reason
   * @param message what is wrong and what to do about it
   */
  void warning(ServiceName service, String reason, String message);

  /** Reports nothing. */
  static ProxyEvents none() {
    return (_, _, _) -> {};
  }
}
