// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.apiserver.ApiServerConfig;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.PatchType;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpAddress;
import dev.fairway.testing.Jvm;
import dev.fairway.testing.OwnNetwork;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client and two nodes, each with a network namespace of its own, on one bridge; the nodes run
 * the real daemon against a real API server. The client asks a LoadBalancer Service before and
 * after the node that has its addresses is killed. The client's neighbour cache is made so that it
 * never asks again by itself: only what a node announces can move an entry.
 */
@Tag("root")
class LoadBalancerRootIT {
  private static final String CLIENT = "10.77.0.1";
  private static final String CLIENT6 = "fd00:77::1";
  private static final int BACKEND_PORT = 8080;
  private static final int PORT = 80;

  @TempDir Path folder;

  @Test
  void addressesMoveToTheSecondNodeWhenTheFirstIsKilled() throws Exception {
    List<String> seen =
        OwnNetwork.run(
            OwnNetwork.Need.BRIDGES,
            LoadBalancerRootIT.class,
            "observe",
            List.of(),
            folder.toString());

    assertThat(seen)
        .containsExactly(
            "IPV4: status has the address",
            "IPV6: status has the address",
            "IPV4: node-1 serves, its MAC is in the cache",
            "IPV6: node-1 serves, its MAC is in the cache",
            "IPV4: only node-1 answers when asked",
            "IPV6: only node-1 answers when asked",
            "killed node-1",
            "IPV4: node-2 serves, its MAC is in the cache",
            "IPV6: node-2 serves, its MAC is in the cache",
            "another controller's Service has [203.0.113.9]",
            "a Service of another class has []");
  }

  /** In the client's namespace. */
  static void observe(PrintStream out, List<String> arguments) throws Exception {
    IpAddress v4 = ownedByFirst("10.77.0.", 240);
    IpAddress v6 = ownedByFirst("fd00:77::f", 0);
    bridge();
    List<Process> ends = new ArrayList<>();
    try (ServerSocket backend = new ServerSocket(BACKEND_PORT)) {
      Thread.ofPlatform().daemon().start(() -> tellWhoAsks(backend));
      Process first = node(ends, 1);
      Process second = node(ends, 2);
      Path state = Path.of(arguments.getFirst());
      try (ApiServer api = ApiServer.start(config(state))) {
        Path kubeconfig = state.resolve("kubeconfig");
        api.writeKubeconfig(
            kubeconfig, "admin", List.of("system:masters"), "https://" + CLIENT + ":" + api.port());
        KubeClient client = new KubeClient(api.localTransport("test", List.of("system:masters")));
        objects(client);
        String pool = v4 + "," + v6;
        Process daemon = daemon(first, kubeconfig, 1, pool);
        ends.addFirst(daemon);
        ends.addFirst(daemon(second, kubeconfig, 2, pool));
        for (IpAddress address : List.of(v4, v6)) {
          await(() -> ingress(client, "web").contains(address.toString()));
          out.println(address.family() + ": status has the address");
        }
        for (IpAddress address : List.of(v4, v6)) {
          awaitNode(address, 1, out);
        }
        for (IpAddress address : List.of(v4, v6)) {
          onlyFirstAnswers(address, out);
        }
        daemon.destroyForcibly().waitFor();
        out.println("killed node-1");
        for (IpAddress address : List.of(v4, v6)) {
          awaitNode(address, 2, out);
        }
        out.println("another controller's Service has " + ingress(client, "theirs"));
        out.println("a Service of another class has " + ingress(client, "class"));
      }
    } finally {
      ends.forEach(Process::destroyForcibly);
    }
  }

  /** The first address that both nodes leave to node-1. */
  private static IpAddress ownedByFirst(String prefix, int from) {
    for (int i = from; ; i++) {
      IpAddress address =
          IpAddress.parse(prefix + (prefix.contains(":") ? Integer.toHexString(i) : i));
      if ("node-1".equals(Ownership.owner(address, List.of("node-1", "node-2")))) {
        return address;
      }
    }
  }

  private static void bridge() throws Exception {
    run("ip", "link", "add", "br0", "type", "bridge");
    run("ip", "addr", "add", CLIENT + "/24", "dev", "br0");
    run("ip", "addr", "add", CLIENT6 + "/64", "dev", "br0", "nodad");
    run("ip", "link", "set", "br0", "up");
    for (String family : List.of("ipv4", "ipv6")) {
      Path cache = Path.of("/proc/sys/net", family, "neigh/br0");
      Files.writeString(cache.resolve("base_reachable_time_ms"), "3600000");
      Files.writeString(cache.resolve("delay_first_probe_time"), "3600");
    }
  }

  /** A namespace with an interface on the bridge; it lasts as long as its process. */
  private static Process node(List<Process> ends, int number) throws Exception {
    Process process =
        new ProcessBuilder(
                "unshare", "--net", "sh", "-c", "ip link set lo up; echo up; exec sleep 300")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    ends.add(process);
    assertThat(process.inputReader().readLine()).isEqualTo("up");
    String pid = Long.toString(process.pid());
    String link = "n" + number;
    run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pid);
    run("ip", "link", "set", link, "master", "br0", "up");
    enter(process, "ip", "link", "set", "eth0", "address", mac(number));
    enter(process, "ip", "addr", "add", address(number) + "/24", "dev", "eth0");
    enter(process, "ip", "addr", "add", address6(number) + "/64", "dev", "eth0", "nodad");
    enter(process, "ip", "link", "set", "eth0", "up");
    return process;
  }

  private static Process daemon(Process namespace, Path kubeconfig, int number, String pool)
      throws IOException {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(namespace.pid()), "-n"));
    command.addAll(
        Jvm.command(
            "dev.fairway.node.Main",
            "node",
            "--kubeconfig",
            kubeconfig.toString(),
            "--proxy-mode",
            "userspace",
            "--hostname-override",
            "node-" + number,
            "--address-pool",
            pool));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static ApiServerConfig config(Path state) {
    return new ApiServerConfig(
        state,
        CLIENT,
        0,
        List.of("10.96.0.0/16", "fd00:96::/112"),
        30_000,
        32_767,
        List.of(CLIENT),
        400,
        4_096);
  }

  private static void objects(KubeClient client) throws Exception {
    for (int number : new int[] {1, 2}) {
      String name = "node-" + number;
      client.create(
          Resource.NODES,
          "",
          tree("{apiVersion: 'v1', kind: 'Node', metadata: {name: '" + name + "'}}"));
      client.patch(
          Resource.NODES,
          "",
          name,
          "status",
          PatchType.MERGE,
          tree(
              "{status: {conditions: [{type: 'Ready', status: 'True'}], addresses: ["
                  + "{type: 'InternalIP', address: '%s'}, {type: 'InternalIP', address: '%s'}]}}"
                      .formatted(address(number), address6(number))));
    }
    service(client, "class", "loadBalancerClass: 'example.com/theirs',");
    service(client, "theirs", "");
    client.patch(
        Resource.SERVICES,
        "default",
        "theirs",
        "status",
        PatchType.MERGE,
        tree("{status: {loadBalancer: {ingress: [{ip: '203.0.113.9'}]}}}"));
    slice(client, "web-4", "IPv4", CLIENT);
    slice(client, "web-6", "IPv6", CLIENT6);
    service(client, "web", "ipFamilyPolicy: 'RequireDualStack',");
  }

  private static void service(KubeClient client, String name, String more) throws Exception {
    client.create(
        Resource.SERVICES,
        "default",
        tree(
            ("{apiVersion: 'v1', kind: 'Service', metadata: {name: '%s'}, spec: {%s"
                    + " type: 'LoadBalancer', ports: [{port: 80, targetPort: 8080}]}}")
                .formatted(name, more)));
  }

  private static void slice(KubeClient client, String name, String type, String address)
      throws Exception {
    client.create(
        Resource.ENDPOINT_SLICES,
        "default",
        tree(
            ("{apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: {name: '%s',"
                    + " labels: {'kubernetes.io/service-name': 'web'}}, addressType: '%s',"
                    + " ports: [{name: '', port: 8080, protocol: 'TCP'}],"
                    + " endpoints: [{addresses: ['%s'], conditions: {ready: true}}]}")
                .formatted(name, type, address)));
  }

  /** JSON with single quotes and bare names, for the sake of the reader. */
  private static ObjectNode tree(String text) {
    String json = text.replace('\'', '"').replaceAll("([{,] *)([A-Za-z]+):", "$1\"$2\":");
    return (ObjectNode) KubeCodec.json().readTree(json);
  }

  private static List<String> ingress(KubeClient client, String service) throws Exception {
    return client.get(Resource.SERVICES, "default", service).status().ingress().stream()
        .map(Service.LoadBalancerIngress::ip)
        .toList();
  }

  private static void awaitNode(IpAddress address, int number, PrintStream out) throws Exception {
    String relay = address.isV4() ? address(number) : address6(number);
    await(() -> ask(address).equals(relay) && neighbour(address).contains(mac(number)));
    out.println(address.family() + ": node-" + number + " serves, its MAC is in the cache");
  }

  /** With an empty cache the client asks everybody. */
  private static void onlyFirstAnswers(IpAddress address, PrintStream out) throws Exception {
    boolean only = true;
    for (int i = 0; i < 5; i++) {
      run("ip", "neigh", "flush", "to", address.toString(), "dev", "br0");
      await(() -> ask(address).equals(address.isV4() ? address(1) : address6(1)));
      only &= neighbour(address).contains(mac(1));
    }
    out.println(address.family() + ": " + (only ? "only node-1 answers when asked" : "both"));
  }

  /** Which node a connection comes through; "" if none does. */
  private static String ask(IpAddress address) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(1000);
      socket.connect(
          new InetSocketAddress(InetAddress.getByAddress(address.toBytes()), PORT), 1000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException _) {
      return "";
    }
  }

  private static String neighbour(IpAddress address) throws Exception {
    Process process =
        new ProcessBuilder("ip", "neigh", "show", "to", address.toString(), "dev", "br0").start();
    String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return line;
  }

  private static void tellWhoAsks(ServerSocket backend) {
    while (!backend.isClosed()) {
      try (Socket socket = backend.accept()) {
        String peer = IpAddress.ofBytes(socket.getInetAddress().getAddress()).toString();
        socket.getOutputStream().write(peer.getBytes(StandardCharsets.UTF_8));
      } catch (IOException _) {
        // The next one may succeed.
      }
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("it did not come to be within a minute");
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private static String mac(int number) {
    return "02:00:00:00:77:0" + number;
  }

  private static String address(int number) {
    return "10.77.0.1" + number;
  }

  private static String address6(int number) {
    return "fd00:77::1" + number;
  }

  private static void enter(Process namespace, String... command) throws Exception {
    List<String> all =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(namespace.pid()), "-n"));
    all.addAll(List.of(command));
    run(all.toArray(String[]::new));
  }

  private static void run(String... command) throws Exception {
    int status =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    assertThat(status).describedAs(String.join(" ", command)).isZero();
  }
}
