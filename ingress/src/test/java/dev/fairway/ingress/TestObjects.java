// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.IngressClass;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.EndpointPort;
import dev.fairway.service.EndpointTable;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.SliceEndpoints;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builders of the objects that tests need, all in the namespace {@code shop} by default. */
public final class TestObjects {
  public static final String NAMESPACE = "shop";

  private TestObjects() {}

  public static IngressClass fairwayClass() {
    return ingressClass("fairway", "fairway.dev/ingress", false);
  }

  public static IngressClass ingressClass(String name, String controller, boolean isDefault) {
    ObjectMeta meta = ObjectMeta.of("", name);
    if (isDefault) {
      meta = meta.withAnnotations(Map.of("ingressclass.kubernetes.io/is-default-class", "true"));
    }
    return new IngressClass(meta, new IngressClass.Spec(controller));
  }

  /** The gateway's own. */
  public static ConfigMap config(Map<String, String> data) {
    return new ConfigMap(ObjectMeta.of("ingress", "gateway"), data, Map.of());
  }

  public static IngressBuilder ingress(String name) {
    return new IngressBuilder(name);
  }

  public static Secret tlsSecret(String name, String certificatePem, String keyPem) {
    return new Secret(
        ObjectMeta.of(NAMESPACE, name),
        "kubernetes.io/tls",
        Map.of("tls.crt", base64(certificatePem), "tls.key", base64(keyPem)));
  }

  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  /** An endpoint of a test Service. */
  public record TestEndpoint(String address, int port, Conditions conditions) {}

  /** A Service with port 80 named http whose endpoints may each have a port of their own. */
  public static ServiceInfo service(String name, List<TestEndpoint> endpoints) {
    List<SliceEndpoints> slices = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++) {
      TestEndpoint endpoint = endpoints.get(i);
      slices.add(
          new SliceEndpoints(
              name + "-" + i,
              false,
              List.of(
                  new SliceEndpoints.Port(new EndpointPort("http", Protocol.TCP), endpoint.port())),
              new EndpointTable.Builder()
                  .add(IpAddress.parse(endpoint.address()), endpoint.conditions(), null)
                  .build()));
    }
    return new ServiceInfo(
        ServiceInfo.Settings.of(NAMESPACE, name).clusterIp("127.96.0.10").port("http", 80).build(),
        slices);
  }

  /** Builds an Ingress; paths are added to the rule of the last host. */
  public static final class IngressBuilder {
    private final String name;
    private String namespace = NAMESPACE;
    private @Nullable String className = "fairway";
    private Instant created = Instant.parse("2026-01-01T00:00:00Z");
    private final Map<String, String> annotations = new HashMap<>();
    private Ingress.@Nullable Backend defaultBackend;
    private final List<Ingress.Tls> tls = new ArrayList<>();
    private final List<Ingress.Rule> rules = new ArrayList<>();

    private IngressBuilder(String name) {
      this.name = name;
    }

    public IngressBuilder namespace(String value) {
      namespace = value;
      return this;
    }

    /** null for none. */
    public IngressBuilder className(@Nullable String value) {
      className = value;
      return this;
    }

    public IngressBuilder createdSecond(int second) {
      created = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second);
      return this;
    }

    public IngressBuilder annotation(String key, String value) {
      annotations.put(key, value);
      return this;
    }

    public IngressBuilder defaultBackend(String service) {
      defaultBackend = backend(service);
      return this;
    }

    public IngressBuilder tls(String secret, String... hosts) {
      tls.add(new Ingress.Tls(List.of(hosts), secret));
      return this;
    }

    public IngressBuilder host(String host) {
      rules.add(new Ingress.Rule(host, null));
      return this;
    }

    public IngressBuilder prefix(String path, String service) {
      return path("Prefix", path, backend(service));
    }

    public IngressBuilder exact(String path, String service) {
      return path("Exact", path, backend(service));
    }

    public IngressBuilder path(String type, String path, Ingress.Backend backend) {
      Ingress.Rule last = rules.removeLast();
      List<Ingress.Path> paths =
          new ArrayList<>(last.http() == null ? List.of() : last.http().paths());
      paths.add(new Ingress.Path(path, type, backend));
      rules.add(new Ingress.Rule(last.host(), new Ingress.Http(paths)));
      return this;
    }

    public Ingress build() {
      ObjectMeta meta =
          new ObjectMeta(
              name,
              "",
              namespace,
              "uid-" + name,
              "1",
              1,
              created,
              null,
              null,
              Map.of(),
              annotations,
              List.of(),
              List.of());
      return new Ingress(meta, new Ingress.Spec(className, defaultBackend, tls, rules), null);
    }
  }

  /** The port named http of a Service. */
  public static Ingress.Backend backend(String service) {
    return new Ingress.Backend(
        new Ingress.ServiceBackend(service, new Ingress.ServicePort("http", null)), null);
  }

  /** A port of a Service by number. */
  public static Ingress.Backend backend(String service, int port) {
    return new Ingress.Backend(
        new Ingress.ServiceBackend(service, new Ingress.ServicePort(null, port)), null);
  }
}
