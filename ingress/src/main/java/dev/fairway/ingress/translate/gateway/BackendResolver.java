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
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServicePort;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the Service ports that routes refer to. Not thread-safe. */
final class BackendResolver {
  /** A backend, or why there is none. */
  record Resolution(@Nullable UpstreamSpec upstream, @Nullable Problem problem) {
    static Resolution failed(String reason, String message) {
      return new Resolution(null, new Problem(reason, message));
    }
  }

  private final RouteKind kind;
  private final String namespace;
  private final ObjectKey gateway;
  private final RouteLookup lookup;
  private final CompiledRoute result;

  /**
   * @param namespace of the route
   * @param gateway behind which the route is
   * @param result gets the backends that are used
   */
  BackendResolver(
      RouteKind kind,
      String namespace,
      ObjectKey gateway,
      RouteLookup lookup,
      CompiledRoute result) {
    this.kind = kind;
    this.namespace = namespace;
    this.gateway = gateway;
    this.lookup = lookup;
    this.result = result;
  }

  /** The backend that the route refers to. */
  Resolution resolve(BackendReference reference) {
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
    if (!lookup.permits(kind.kind(), namespace, target, reference.name())) {
      return Resolution.failed(
          "RefNotPermitted", "no ReferenceGrant permits the reference to Service " + key);
    }
    List<ServicePort> ports = lookup.ports(new ServiceName(target, reference.name()));
    Integer number = reference.port();
    if (ports == null) {
      return Resolution.failed("BackendNotFound", "Service " + key + " does not exist");
    }
    if (number == null) {
      return Resolution.failed("BackendNotFound", "the backend " + key + " has no port");
    }
    Protocol transport = kind == RouteKind.UDP ? Protocol.UDP : Protocol.TCP;
    for (ServicePort port : ports) {
      if (port.port() == number && port.name().protocol() == transport) {
        return found(key, port);
      }
    }
    return Resolution.failed(
        "BackendNotFound", "Service " + key + " has no " + transport + " port " + number);
  }

  private Resolution found(ObjectKey key, ServicePort port) {
    BackendPort target =
        new BackendPort(new ServiceName(key.namespace(), key.name()), "", port.port());
    if (kind == RouteKind.UDP || kind == RouteKind.TCP) {
      return remember(UpstreamSpec.plain(target));
    }
    TlsPolicies.Setting setting = setting(key, port.name().port());
    if (setting != null && setting.problem() != null) {
      return new Resolution(null, null);
    }
    BackendTls tls = setting == null ? null : setting.tls();
    BackendTls.ClientKey clientKey = tls == null ? null : lookup.clientKey(gateway);
    if (tls != null && clientKey != null) {
      tls =
          new BackendTls(
              tls.serverName(), tls.verify(), tls.authorities(), tls.subjectAltNames(), clientKey);
    }
    boolean http2 = kind == RouteKind.GRPC || port.appProtocol().equals("kubernetes.io/h2c");
    return remember(
        new UpstreamSpec(
            target,
            http2 ? BackendProtocol.HTTP2 : BackendProtocol.HTTP1,
            tls,
            Balancing.ROUND_ROBIN));
  }

  /** What policies say of a port: one that names it wins over one for the whole Service. */
  private TlsPolicies.@Nullable Setting setting(ObjectKey service, String portName) {
    Map<String, TlsPolicies.Setting> settings = lookup.policies(service);
    if (!settings.isEmpty()) {
      result.policed.add(new CompiledRoute.Behind(service, gateway));
    }
    TlsPolicies.Setting ofPort = settings.get(portName);
    return ofPort == null ? settings.get("") : ofPort;
  }

  private Resolution remember(UpstreamSpec upstream) {
    if (kind != RouteKind.UDP) {
      result.upstreams.add(upstream);
    }
    return new Resolution(upstream, null);
  }
}
