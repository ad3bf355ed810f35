// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.FixedAnswer;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamPolicy;
import dev.fairway.ingress.route.UpstreamSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the backends of an Ingress are talked to.
 *
 * @param closed answers instead of them where that cannot be done as asked for, else null
 */
record BackendSettings(
    BackendProtocol protocol,
    @Nullable BackendTls tls,
    Balancing balancing,
    UpstreamPolicy policy,
    @Nullable RouteFilter closed) {
  private static final List<String> PROTOCOLS =
      List.of("HTTP", "HTTPS", "AUTO_HTTP", "GRPC", "GRPCS", "FCGI");

  /** How a port of a Service is talked to; certificates are for its name where none is given. */
  UpstreamSpec upstream(BackendPort port) {
    BackendTls encryption = tls;
    if (encryption != null && encryption.verify() && encryption.serverName().isEmpty()) {
      encryption =
          new BackendTls(
              port.service().name() + "." + port.service().namespace() + ".svc",
              true,
              encryption.authorities(),
              encryption.subjectAltNames(),
              encryption.client());
    }
    return new UpstreamSpec(port, protocol, encryption, balancing, policy);
  }

  static BackendSettings read(Annotations annotations, SettingsContext context) {
    String protocol = annotations.choice("backend-protocol", PROTOCOLS, "HTTP");
    boolean encrypted = protocol.equals("HTTPS") || protocol.equals("GRPCS");
    boolean http2 = protocol.startsWith("GRPC");
    RouteFilter closed =
        protocol.equals("FCGI") ? new FixedAnswer(503, "FastCGI is not spoken here") : null;
    BackendTls tls = null;
    if (encrypted) {
      BackendTlsSettings read = BackendTlsSettings.read(annotations, context);
      tls = read.tls();
      closed = read.closed();
    }
    return new BackendSettings(
        http2 ? BackendProtocol.HTTP2 : BackendProtocol.HTTP1,
        tls,
        BalancingSettings.read(annotations, context.global().balancing()),
        UpstreamSettings.read(annotations),
        closed);
  }
}
