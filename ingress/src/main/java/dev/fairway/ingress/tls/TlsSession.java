// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

/**
 * What a handshake agreed on.
 *
 * @param serverName the name that the client asked for, or ""
 * @param protocol as JSSE names it, such as TLSv1.3
 * @param client what the client's certificate proves
 */
public record TlsSession(
    String serverName, String protocol, String cipherSuite, ClientCertificate client) {}
