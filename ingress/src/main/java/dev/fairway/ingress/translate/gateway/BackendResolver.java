// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.gateway;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.gateway.BackendReference;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceSnapshot;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the Service ports that routes refer to. Not thread-safe. */
final class BackendResolver {
  /** A backend, or why there is none. */
  record Resolution(@Nullable UpstreamSpec upstream, @Nullable Problem problem) {
    static Resolution failed(String reason, String message) {
      return new Resolution(null, new Problem(reason, message));
    }
  }

  private final ServiceSnapshot services;
  private final Grants grants;
  private final TlsPolicies policies;
  private final Set<UpstreamSpec> used = new HashSet<>();

  BackendResolver(ServiceSnapshot services, Grants grants, TlsPolicies policies) {
    this.services = services;
    this.grants = grants;
    this.policies = policies;
  }

  /** Every upstream that was found so far and that takes connections. */
  Set<UpstreamSpec> used() {
    return used;
  }

  /** The backend of a route of a namespace. */
  Resolution resolve(
      RouteKind kind, String namespace, BackendReference reference, GatewayState gateway) {
    String group = reference.group() == null ? "" : reference.group();
    String referred = reference.kind() == null ? "Service" : reference.kind();
    if (!group.isEmpty() || !referred.equals("Service")) {
      return Resolution.failed("InvalidKind", "a backend must be a Service");
    }
    String target =
        reference.namespace() == null || reference.namespace().isEmpty()
            ? namespace
            : reference.namespace();
    ObjectKey key = new ObjectKey(target, reference.name());
    if (!grants.permits(kind.kind(), namespace, "Service", target, reference.name())) {
      return Resolution.failed(
          "RefNotPermitted", "no ReferenceGrant permits the reference to Service " + key);
    }
    ServiceInfo service = services.service(new ServiceName(target, reference.name()));
    Integer number = reference.port();
    if (service == null) {
      return Resolution.failed("BackendNotFound", "Service " + key + " does not exist");
    }
    if (number == null) {
      return Resolution.failed("BackendNotFound", "the backend " + key + " has no port");
    }
    Protocol transport = kind == RouteKind.UDP ? Protocol.UDP : Protocol.TCP;
    for (ServicePort port : service.ports()) {
      if (port.port() == number && port.name().protocol() == transport) {
        return found(kind, key, port, gateway);
      }
    }
    return Resolution.failed(
        "BackendNotFound", "Service " + key + " has no " + transport + " port " + number);
  }

  private Resolution found(RouteKind kind, ObjectKey key, ServicePort port, GatewayState gateway) {
    BackendPort target =
        new BackendPort(new ServiceName(key.namespace(), key.name()), "", port.port());
    if (kind == RouteKind.UDP || kind == RouteKind.TCP) {
      return remember(kind, UpstreamSpec.plain(target));
    }
    TlsPolicies.Setting setting = policies.find(key, port.name().port(), gateway.object.key());
    BackendTls tls = null;
    if (setting != null) {
      if (setting.problem() != null) {
        return new Resolution(null, null);
      }
      tls = setting.tls();
    }
    if (tls != null && gateway.clientKey != null) {
      tls =
          new BackendTls(
              tls.serverName(),
              tls.verify(),
              tls.authorities(),
              tls.subjectAltNames(),
              gateway.clientKey);
    }
    boolean http2 = kind == RouteKind.GRPC || port.appProtocol().equals("kubernetes.io/h2c");
    return remember(
        kind,
        new UpstreamSpec(
            target,
            http2 ? BackendProtocol.HTTP2 : BackendProtocol.HTTP1,
            tls,
            Balancing.ROUND_ROBIN));
  }

  private Resolution remember(RouteKind kind, UpstreamSpec upstream) {
    if (kind != RouteKind.UDP) {
      used.add(upstream);
    }
    return new Resolution(upstream, null);
  }
}
