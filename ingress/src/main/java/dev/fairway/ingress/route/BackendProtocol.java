// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/** What is spoken with the endpoints of a backend. */
public enum BackendProtocol {
  /** HTTP/1.1, one request at a time on each connection. */
  HTTP1,
  /** HTTP/2: with prior knowledge in clear text, by ALPN over TLS. */
  HTTP2
}
