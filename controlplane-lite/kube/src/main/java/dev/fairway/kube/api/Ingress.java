// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An Ingress (networking.k8s.io/v1). */
public record Ingress(ObjectMeta metadata, Spec spec, @Nullable Status status)
    implements KubeObject {
  public Ingress {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec(null, null, List.of(), List.of()) : spec;
  }

  /** The rules. */
  public record Spec(
      @Nullable String ingressClassName,
      @Nullable Backend defaultBackend,
      List<Tls> tls,
      List<Rule> rules) {
    public Spec {
      tls = Absent.asEmpty(tls);
      rules = Absent.asEmpty(rules);
    }
  }

  /** Hosts and the Secret with their certificate. */
  public record Tls(List<String> hosts, String secretName) {
    public Tls {
      secretName = Absent.asEmpty(secretName);
      hosts = Absent.asEmpty(hosts);
      secretName = Absent.asEmpty(secretName);
    }
  }

  /**
   * One host's paths.
   *
   * @param host "" means every host that no other rule claims
   */
  public record Rule(String host, @Nullable Http http) {
    public Rule {
      host = Absent.asEmpty(host);
    }
  }

  /** The paths of a rule. */
  public record Http(List<Path> paths) {
    public Http {
      paths = Absent.asEmpty(paths);
    }
  }

  /**
   * One path.
   *
   * @param pathType Exact, Prefix or ImplementationSpecific
   */
  public record Path(String path, String pathType, Backend backend) {
    public Path {
      backend = Absent.required(backend, "backend");
      path = Absent.asEmpty(path);
      pathType = Absent.asEmpty(pathType);
    }
  }

  /** Where requests go: a Service or another object of the namespace. */
  public record Backend(@Nullable ServiceBackend service, @Nullable ResourceBackend resource) {}

  /** A Service's port. */
  public record ServiceBackend(String name, @Nullable ServicePort port) {
    public ServiceBackend {
      name = Absent.asEmpty(name);
    }
  }

  /** A port by name or by number. */
  public record ServicePort(@Nullable String name, @Nullable Integer number) {}

  /** An object reference; not supported as a backend here. */
  public record ResourceBackend(@Nullable String apiGroup, String kind, String name) {
    public ResourceBackend {
      kind = Absent.asEmpty(kind);
      name = Absent.asEmpty(name);
    }
  }

  /** The addresses at which the Ingress is served. */
  public record Status(@Nullable LoadBalancer loadBalancer) {}

  /** The load balancer's addresses. */
  public record LoadBalancer(List<Service.LoadBalancerIngress> ingress) {
    public LoadBalancer {
      ingress = Absent.asEmpty(ingress);
    }
  }
}
