// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * As much of a Kubernetes API server as a proxy or a DNS sees: lists and watches of Services and
 * EndpointSlices as the controllers write them and of namespaces, other kinds empty, on 127.0.0.1.
 */
public final class ScaleApiServer implements ScaleApi {
  private static final int NAMESPACES = 100;
  private static final String ADDED = "{\"type\":\"ADDED\",\"object\":";

  private final HttpServer server;
  private final int endpoints;
  private final byte[] allServices;
  private final byte[] allSlices;
  private final byte[] allNamespaces;
  private final AtomicLong version = new AtomicLong(1000);
  private final List<BlockingQueue<String>> sliceWatches = new CopyOnWriteArrayList<>();

  /**
   * Starts it on a free port.
   *
   * @param backendPort the number that slices give for every endpoint
   */
  public ScaleApiServer(int services, int endpoints, int backendPort) throws IOException {
    // Otherwise each event waits for the acknowledgement of the one before.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    this.endpoints = endpoints;
    allServices = all(services, false, backendPort);
    allSlices = all(services, true, backendPort);
    allNamespaces = namespaces();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(loopback(1)), 0), 64);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  private static byte[] loopback(int host) {
    return new byte[] {127, (byte) (host >> 16), (byte) (host >> 8), (byte) host};
  }

  @Override
  public String kubeconfig() {
    return """
    apiVersion: v1
    kind: Config
    clusters: [{name: scale, cluster: {server: "http://127.0.0.1:%d"}}]
    users: [{name: proxy, user: {}}]
    contexts: [{name: scale, context: {cluster: scale, user: proxy}}]
    current-context: scale
    """
        .formatted(server.getAddress().getPort());
  }

  /** The ClusterIP of a Service. */
  static String clusterIp(int index) {
    return "127." + (96 + (index >> 16)) + "." + (index >> 8 & 255) + "." + (index & 255);
  }

  @Override
  public String address(int index) {
    return clusterIp(index);
  }

  /** Tells all watches of slices that the endpoints of a Service have another port now. */
  @Override
  public void changePort(int index, int port) {
    String event = event("MODIFIED", slice(index, 0, port, false));
    sliceWatches.forEach(watch -> watch.add(event));
  }

  /** The address of an endpoint of a Service; it has another one while it is moved. */
  public String endpointAddress(int index, int endpoint, boolean moved) {
    int pod = index * endpoints + endpoint;
    int second = (moved ? 80 : 64) + (pod >> 16);
    return "127." + second + "." + (pod >> 8 & 255) + "." + (pod & 255);
  }

  /** Tells all watches of slices that the first endpoint of a Service has moved, or is back. */
  public void moveEndpoint(int index, boolean moved) {
    String event = event("MODIFIED", slice(index, 0, NodeScale.PORT, moved));
    sliceWatches.forEach(watch -> watch.add(event));
  }

  /** How many watch the slices now. */
  public int watchers() {
    return sliceWatches.size();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      if (!query.contains("watch=true")) {
        byte[] body = list(path);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        return;
      }
      exchange.sendResponseHeaders(200, 0);
      watch(
          path,
          query.contains("sendInitialEvents=true"),
          new BufferedOutputStream(exchange.getResponseBody(), 1 << 16));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch(String path, boolean initial, OutputStream out)
      throws IOException, InterruptedException {
    BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    if (path.endsWith("/endpointslices")) {
      sliceWatches.add(changes);
    }
    try {
      if (initial) {
        out.write(initialEvents(path));
        write(out, bookmark(path, true));
      }
      while (true) {
        out.flush();
        String change = changes.poll(60, TimeUnit.SECONDS);
        write(out, change == null ? bookmark(path, false) : change);
      }
    } finally {
      sliceWatches.remove(changes);
    }
  }

  private byte[] initialEvents(String path) {
    return switch (path.substring(path.lastIndexOf('/') + 1)) {
      case "services" -> allServices;
      case "endpointslices" -> allSlices;
      case "namespaces" -> allNamespaces;
      default -> new byte[0];
    };
  }

  /** For clients that list before they watch. */
  private byte[] list(String path) {
    String[] kind = kind(path);
    StringBuilder json = new StringBuilder(1024);
    json.append("{\"kind\":\"").append(kind[1]).append("List\",\"apiVersion\":\"").append(kind[0]);
    json.append("\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[");
    String separator = "";
    for (String line : new String(initialEvents(path), StandardCharsets.UTF_8).lines().toList()) {
      json.append(separator).append(line, ADDED.length(), line.length() - 1);
      separator = ",";
    }
    return json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The version and the kind of a collection. */
  private static String[] kind(String path) {
    String[] parts = path.split("/");
    String version = path.startsWith("/apis/") ? parts[2] + "/" + parts[3] : "v1";
    String kind =
        switch (parts[parts.length - 1]) {
          case "services" -> "Service";
          case "endpointslices" -> "EndpointSlice";
          case "servicecidrs" -> "ServiceCIDR";
          case "namespaces" -> "Namespace";
          default -> "Node";
        };
    return new String[] {version, kind};
  }

  private byte[] namespaces() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);
    for (int i = 0; i < NAMESPACES; i++) {
      write(
          out,
          event(
              "ADDED",
              "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"ns-"
                  + i
                  + "\",\"uid\":\""
                  + uid(i)
                  + "\",\"resourceVersion\":\""
                  + version.incrementAndGet()
                  + "\"},\"status\":{\"phase\":\"Active\"}}"));
    }
    return out.toByteArray();
  }

  /** Made beforehand, so that the daemon alone is measured. */
  private byte[] all(int services, boolean slices, int backendPort) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 20);
    for (int i = 0; i < services; i++) {
      if (slices) {
        for (int from = 0; from < endpoints; from += ModelFixture.SLICE_SIZE) {
          write(out, event("ADDED", slice(i, from, backendPort, false)));
        }
      } else {
        write(out, event("ADDED", service(i)));
      }
    }
    return out.toByteArray();
  }

  private static void write(OutputStream out, String line) throws IOException {
    out.write(line.getBytes(StandardCharsets.UTF_8));
    out.write('\n');
  }

  private static String event(String type, String object) {
    return "{\"type\":\"" + type + "\",\"object\":" + object + "}";
  }

  /** Clients of other makes want to know of what kind the objects would be. */
  private String bookmark(String path, boolean endOfInitial) {
    String[] kind = kind(path);
    String annotations =
        endOfInitial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
    return event(
        "BOOKMARK",
        "{\"kind\":\""
            + kind[1]
            + "\",\"apiVersion\":\""
            + kind[0]
            + "\",\"metadata\":{\"resourceVersion\":\""
            + version.get()
            + "\""
            + annotations
            + "}}");
  }

  private String service(int index) {
    String ip = clusterIp(index);
    return "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":"
        + metadata(index, ModelFixture.name(index).name(), "\"app\":\"svc-" + index + "\"")
        + ",\"spec\":{\"ports\":[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":"
        + NodeScale.PORT
        + ",\"targetPort\":8080}],\"selector\":{\"app\":\"svc-"
        + index
        + "\"},\"clusterIP\":\""
        + ip
        + "\",\"clusterIPs\":[\""
        + ip
        + "\"],\"type\":\"ClusterIP\",\"sessionAffinity\":\"None\",\"ipFamilies\":[\"IPv4\"],"
        + "\"ipFamilyPolicy\":\"SingleStack\",\"internalTrafficPolicy\":\"Cluster\"},"
        + "\"status\":{\"loadBalancer\":{}}}";
  }

  private String slice(int index, int from, int port, boolean moved) {
    String service = ModelFixture.name(index).name();
    StringBuilder json = new StringBuilder(16_384);
    json.append("{\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/v1\",\"metadata\":")
        .append(
            metadata(
                index,
                service + "-" + from,
                "\"endpointslice.kubernetes.io/managed-by\":"
                    + "\"endpointslice-controller.k8s.io\",\"kubernetes.io/service-name\":\""
                    + service
                    + "\""))
        .append(",\"addressType\":\"IPv4\",\"endpoints\":[");
    int to = Math.min(endpoints, from + ModelFixture.SLICE_SIZE);
    for (int i = from; i < to; i++) {
      int pod = index * endpoints + i;
      int node = pod * 7 % 500;
      json.append(i == from ? "" : ",").append("{\"addresses\":[\"");
      json.append(endpointAddress(index, i, moved && i == 0));
      json.append("\"],\"conditions\":{\"ready\":true,\"serving\":true,\"terminating\":false}");
      json.append(",\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"");
      json.append(ModelFixture.name(index).namespace()).append("\",\"name\":\"").append(service);
      json.append("-6d4cf56db6-").append(Integer.toString(pod + 1_679_616, 36));
      json.append("\",\"uid\":\"").append(uid(pod)).append("\"},\"nodeName\":\"node-").append(node);
      json.append("\",\"zone\":\"zone-").append(node % 3).append("\"}");
    }
    return json.append("],\"ports\":[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":")
        .append(port)
        .append("}]}")
        .toString();
  }

  private String metadata(int index, String name, String labels) {
    return "{\"name\":\""
        + name
        + "\",\"namespace\":\""
        + ModelFixture.name(index).namespace()
        + "\",\"uid\":\""
        + uid(index)
        + "\",\"resourceVersion\":\""
        + version.incrementAndGet()
        + "\",\"generation\":1,\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"labels\":{"
        + labels
        + "},\"managedFields\":[{\"manager\":\"kube-controller-manager\",\"operation\":\"Update\","
        + "\"apiVersion\":\"v1\",\"time\":\"2026-01-01T00:00:00Z\",\"fieldsType\":\"FieldsV1\","
        + "\"fieldsV1\":{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:app\":{}}}}}]}";
  }

  private static String uid(int number) {
    return "3f2504e0-4f89-41d3-9a0c-%012x".formatted(number);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
