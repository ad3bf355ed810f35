// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.observe;

/** Who decided the response of a request, and where it was the gateway: why. */
public enum Why {
  /** The response is that of the backend. */
  BACKEND("-"),
  /** A step of the route answered: a redirect, a refused login, a limit. */
  FILTER("filter"),
  /** The route itself is an answer. */
  ROUTE("route"),
  NO_ROUTE("no_route"),
  /** The connection was made for hosts of another TLS policy. */
  MISDIRECTED("misdirected"),
  MALFORMED("malformed_request"),
  /** The client's frames cost more than its requests are worth. */
  FLOOD("too_many_frames"),
  /** The client did not send its request in time. */
  CLIENT_SLOW("client_timeout"),
  /** The client left before it had the whole response. */
  CLIENT_GONE("client_gone"),
  BODY_TOO_LARGE("body_too_large"),
  /** No endpoint of the backend takes requests. */
  NO_ENDPOINT("no_endpoint"),
  /** Every endpoint has as many requests as it may have. */
  OVERLOADED("overloaded"),
  /** The gateway itself is short of memory. */
  NO_MEMORY("no_memory"),
  CONNECT_FAILED("connect_failed"),
  CONNECT_TIMEOUT("connect_timeout"),
  /** The backend ended the connection before its response was complete. */
  BACKEND_CLOSED("backend_closed"),
  /** The backend took too long. */
  BACKEND_TIMEOUT("backend_timeout"),
  BACKEND_MALFORMED("backend_malformed"),
  /** The backend speaks HTTP/2 and does not take WebSockets on its streams (RFC 8441). */
  BACKEND_NO_WEBSOCKET("backend_no_websocket"),
  /** The time for the whole request was over. */
  REQUEST_TIMEOUT("request_timeout");

  private final String code;

  Why(String code) {
    this.code = code;
  }

  /** The text in logs and metrics. */
  public String code() {
    return code;
  }
}
