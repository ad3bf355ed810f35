// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.demo;

import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.node.cluster.ClusterStatus;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.StateDir;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Applies {@code examples/hello} and shows what answers on every path to it. */
public final class Demo {
  private static final String NAMESPACE = "default";
  private static final String APP = "hello";
  private static final int REPLICAS = 3;
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final Map<String, Resource<?>> KINDS =
      Map.of(
          "Deployment", Resource.DEPLOYMENTS,
          "Service", Resource.SERVICES,
          "Ingress", Resource.INGRESSES,
          "ConfigMap", Resource.CONFIG_MAPS,
          "Secret", Resource.SECRETS,
          "Pod", Resource.PODS);

  private final StateDir stateDir;
  private final ClusterStatus status;
  private final PrintWriter out;

  public Demo(StateDir stateDir, ClusterStatus status, PrintWriter out) {
    this.stateDir = stateDir;
    this.status = status;
    this.out = out;
  }

  /** Runs the demo; 0 if every path answered, 1 otherwise. */
  public int run() throws EnvironmentException, InterruptedException {
    try (ApiTransport transport = KubeConfig.load(stateDir.kubeconfig()).transport()) {
      KubeClient client = new KubeClient(transport);
      for (ObjectNode object : manifests()) {
        apply(client, object);
      }
      List<Pod> pods = awaitPods(client);
      Service service = awaitAddress(client);
      List<String> hosts = hosts(client);
      PathTable table = new PathTable(out);
      String dns = dnsAddress(client);
      new Paths(status, service, pods, hosts, dns).drive(table);
      return table.print() ? 0 : 1;
    } catch (KubeApiException | CodecException | IOException e) {
      throw new EnvironmentException("the demo failed: " + e.getMessage(), e);
    }
  }

  private List<ObjectNode> manifests() throws IOException {
    String home = System.getenv("FAIRWAY_HOME");
    Path file = Path.of(home == null ? "." : home, "examples", "hello", "hello.yaml");
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is missing (FAIRWAY_HOME is where the sources are)");
    }
    return KubeCodec.yamlDocuments(Files.readString(file));
  }

  private void apply(KubeClient client, ObjectNode object)
      throws KubeApiException, IOException, InterruptedException {
    String kind = object.path("kind").asString("");
    String name = object.path("metadata").path("name").asString("");
    Resource<?> resource = KINDS.get(kind);
    if (resource == null) {
      throw new IOException("the demo cannot apply a " + kind);
    }
    rememberManifest(object);
    say("apply " + kind + "/" + name + ": " + (apply(client, resource, name, object)));
  }

  /**
   * Leaves the manifest where `kubectl apply` looks for it, so that a later apply changes nothing.
   */
  private static void rememberManifest(ObjectNode object) {
    ObjectNode metadata = (ObjectNode) object.get("metadata");
    metadata.put("namespace", NAMESPACE);
    metadata.putObject("annotations");
    String manifest = KubeCodec.json().writeValueAsString(sorted(object)) + "\n";
    metadata
        .putObject("annotations")
        .put("kubectl.kubernetes.io/last-applied-configuration", manifest);
  }

  private static JsonNode sorted(JsonNode node) {
    if (node.isObject()) {
      ObjectNode result = KubeCodec.json().createObjectNode();
      node.properties().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(field -> result.set(field.getKey(), sorted(field.getValue())));
      return result;
    }
    if (node.isArray()) {
      ArrayNode result = KubeCodec.json().createArrayNode();
      node.forEach(element -> result.add(sorted(element)));
      return result;
    }
    return node;
  }

  private static <T extends KubeObject> String apply(
      KubeClient client, Resource<T> resource, String name, ObjectNode object)
      throws KubeApiException, IOException, InterruptedException {
    try {
      client.create(resource, NAMESPACE, object);
      return "created";
    } catch (KubeApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      client.patch(resource, NAMESPACE, name, null, PatchType.MERGE, object);
      return "configured";
    }
  }

  private List<Pod> awaitPods(KubeClient client)
      throws KubeApiException, IOException, InterruptedException {
    long shown = -1;
    for (long left = BOUND.toMillis() / 50; left > 0; left--) {
      List<Pod> ready =
          client.list(Resource.PODS, NAMESPACE, ListOptions.labels("app=" + APP)).items().stream()
              .filter(pod -> pod.isReady() && !pod.metadata().isTerminating())
              .toList();
      if (ready.size() != shown) {
        shown = ready.size();
        say("pods ready: " + shown + "/" + REPLICAS);
      }
      Deployment deployment = client.find(Resource.DEPLOYMENTS, NAMESPACE, APP);
      if (deployment != null && ready.size() >= REPLICAS) {
        return ready;
      }
      Thread.sleep(50);
    }
    throw new IOException(
        "the pods were not ready within "
            + BOUND.toSeconds()
            + " s; see: kubectl describe pods -l app="
            + APP);
  }

  private static Service awaitAddress(KubeClient client)
      throws KubeApiException, IOException, InterruptedException {
    for (long left = BOUND.toMillis() / 50; left > 0; left--) {
      Service service = client.get(Resource.SERVICES, NAMESPACE, APP);
      if (!service.status().ingress().isEmpty()) {
        return service;
      }
      Thread.sleep(50);
    }
    throw new IOException("Service " + APP + " got no load balancer address");
  }

  /** The ClusterIP of the DNS if its port could be bound, which not every machine allows. */
  private static @Nullable String dnsAddress(KubeClient client)
      throws KubeApiException, IOException, InterruptedException {
    Service dns = client.find(Resource.SERVICES, "kube-system", "kube-dns");
    if (dns == null) {
      return null;
    }
    String address = dns.spec().clusterIP();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, 53), 500);
      return address;
    } catch (IOException _) {
      return null;
    }
  }

  private static List<String> hosts(KubeClient client)
      throws KubeApiException, IOException, InterruptedException {
    Ingress ingress = client.get(Resource.INGRESSES, NAMESPACE, APP);
    return KubeCodec.encode(Resource.INGRESSES, ingress)
        .path("spec")
        .path("rules")
        .valueStream()
        .map(rule -> rule.path("host").asString(""))
        .toList();
  }

  private void say(String line) {
    out.println("  " + line);
    out.flush();
  }

  /** Where an authority leads. */
  static InetSocketAddress address(ClusterStatus.Endpoint endpoint) {
    return new InetSocketAddress(endpoint.address(), endpoint.port());
  }
}
