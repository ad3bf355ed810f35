// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The Node object, and the Lease that says that the node is alive. */
final class NodeRegistration implements AutoCloseable {
  private static final Logger LOG = System.getLogger(NodeRegistration.class.getName());
  private static final String LEASES = "kube-node-lease";
  private static final int MAX_PODS = 110;

  private final RuntimeOptions options;
  private final KubeClient client;
  private final int logPort;
  private @Nullable Thread heartbeat;

  NodeRegistration(RuntimeOptions options, KubeClient client, int logPort) {
    this.options = options;
    this.client = client;
    this.logPort = logPort;
  }

  /** Creates or refreshes the Node and its Lease, then keeps both fresh. */
  void start() throws KubeApiException, IOException, InterruptedException {
    register();
    renew();
    heartbeat = Thread.ofVirtual().name("heartbeat").start(this::beat);
  }

  /** What the node offers. */
  static Map<String, String> capacity() {
    Map<String, String> capacity = new LinkedHashMap<>();
    capacity.put("cpu", Integer.toString(Runtime.getRuntime().availableProcessors()));
    capacity.put("memory", memoryKiB() + "Ki");
    capacity.put("ephemeral-storage", "10Gi");
    capacity.put("pods", Integer.toString(MAX_PODS));
    return capacity;
  }

  private static long memoryKiB() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.log(Level.DEBUG, "no /proc/meminfo", e);
    }
    return Runtime.getRuntime().maxMemory() / 1024;
  }

  private void register() throws KubeApiException, IOException, InterruptedException {
    ObjectNode node = node();
    try {
      client.create(Resource.NODES, "", node);
    } catch (KubeApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      ObjectNode labels = KubeCodec.json().createObjectNode();
      labels.putObject("metadata").set("labels", node.required("metadata").required("labels"));
      client.patch(Resource.NODES, "", options.nodeName(), null, PatchType.MERGE, labels);
    }
    patchStatus();
  }

  private ObjectNode node() {
    ObjectNode node = KubeCodec.json().createObjectNode();
    node.put("apiVersion", "v1").put("kind", "Node");
    ObjectNode labels =
        node.putObject("metadata").put("name", options.nodeName()).putObject("labels");
    labels
        .put("kubernetes.io/hostname", options.nodeName())
        .put("kubernetes.io/os", "linux")
        .put("kubernetes.io/arch", architecture());
    options.labels().forEach(labels::put);
    ObjectNode spec = node.putObject("spec");
    spec.put("podCIDR", options.podCidr()).putArray("podCIDRs").add(options.podCidr());
    node.set("status", status());
    return node;
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "aarch64" -> "arm64";
      case "amd64", "x86_64" -> "amd64";
      case String other -> other;
    };
  }

  private void patchStatus() throws KubeApiException, IOException, InterruptedException {
    ObjectNode patch = KubeCodec.json().createObjectNode();
    patch.set("status", status());
    client.patch(Resource.NODES, "", options.nodeName(), "status", PatchType.MERGE, patch);
  }

  private ObjectNode status() {
    ObjectNode status = KubeCodec.json().createObjectNode();
    ArrayNode addresses = status.putArray("addresses");
    addresses.addObject().put("type", "InternalIP").put("address", options.nodeAddress());
    addresses.addObject().put("type", "Hostname").put("address", options.nodeName());
    ObjectNode capacity = status.putObject("capacity");
    capacity().forEach(capacity::put);
    status.set("allocatable", capacity.deepCopy());
    status.putObject("daemonEndpoints").putObject("kubeletEndpoint").put("Port", logPort);
    String now = options.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString();
    ArrayNode conditions = status.putArray("conditions");
    condition(conditions, "MemoryPressure", "False", "KubeletHasSufficientMemory", now);
    condition(conditions, "DiskPressure", "False", "KubeletHasNoDiskPressure", now);
    condition(conditions, "PIDPressure", "False", "KubeletHasSufficientPID", now);
    condition(conditions, "Ready", "True", "KubeletReady", now)
        .put("message", "pods run as processes of this machine");
    status
        .putObject("nodeInfo")
        .put("architecture", architecture())
        .put("operatingSystem", "linux")
        .put("osImage", osImage())
        .put("kernelVersion", System.getProperty("os.version"))
        .put("containerRuntimeVersion", "fairway://processes")
        .put("kubeletVersion", "v1.36.3")
        .put("kubeProxyVersion", "v1.36.3")
        .put("machineID", options.nodeName())
        .put("systemUUID", options.nodeName())
        .put("bootID", Long.toHexString(ProcessTable.startTime(ProcessHandle.current().pid())));
    return status;
  }

  private static ObjectNode condition(
      ArrayNode conditions, String type, String status, String reason, String now) {
    return conditions
        .addObject()
        .put("type", type)
        .put("status", status)
        .put("reason", reason)
        .put("message", "")
        .put("lastHeartbeatTime", now)
        .put("lastTransitionTime", now);
  }

  private static String osImage() {
    try {
      for (String line : Files.readAllLines(Path.of("/etc/os-release"))) {
        if (line.startsWith("PRETTY_NAME=")) {
          return line.substring(12).replace("\"", "");
        }
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "no /etc/os-release", e);
    }
    return System.getProperty("os.name");
  }

  private void beat() {
    while (true) {
      try {
        Thread.sleep(options.heartbeat());
        renew();
        Node node = client.find(Resource.NODES, "", options.nodeName());
        if (node == null) {
          register();
        } else if (!node.isReady()) {
          patchStatus();
        }
      } catch (InterruptedException _) {
        return;
      } catch (KubeApiException | IOException | RuntimeException e) {
        LOG.log(
            Level.WARNING, "heartbeat failed node=" + options.nodeName() + ": " + e.getMessage());
      }
    }
  }

  private void renew() throws KubeApiException, IOException, InterruptedException {
    ObjectNode lease = KubeCodec.json().createObjectNode();
    lease
        .putObject("spec")
        .put("holderIdentity", options.nodeName())
        .put("leaseDurationSeconds", Math.max(1, options.leaseDuration().toSeconds()))
        .put("renewTime", micros(options.clock().instant()));
    try {
      client.patch(Resource.LEASES, LEASES, options.nodeName(), null, PatchType.MERGE, lease);
    } catch (KubeApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      lease.put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease");
      lease.putObject("metadata").put("name", options.nodeName()).put("namespace", LEASES);
      client.create(Resource.LEASES, LEASES, lease);
    }
  }

  /** The API's MicroTime: six digits of a second. */
  static String micros(Instant time) {
    String seconds = Instant.ofEpochSecond(time.getEpochSecond()).toString();
    return seconds.substring(0, seconds.length() - 1)
        + String.format(Locale.ROOT, ".%06dZ", time.getNano() / 1000);
  }

  @Override
  public void close() {
    if (heartbeat != null) {
      heartbeat.interrupt();
    }
  }
}
