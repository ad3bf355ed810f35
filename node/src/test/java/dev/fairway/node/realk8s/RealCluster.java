// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Two nodes of a real Kubernetes with both address families, without kube-proxy, and what is asked
 * there: the objects of {@code services.yaml}. A cluster that runs already is used, and left, where
 * the environment names its folder in {@code FAIRWAY_REALK8S_WORK}.
 */
final class RealCluster implements AutoCloseable {
  static final int NODES = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Scripts scripts;
  private final Path folder;
  private final boolean ours;
  private final Map<String, Vantage> vantages = new HashMap<>();
  private final Map<String, String> podAddresses = new HashMap<>();
  private final Daemon[] daemons = new Daemon[NODES + 1];

  private RealCluster(Path scripts, Path folder, String running) {
    this.folder = folder;
    ours = running.isEmpty();
    this.scripts =
        ours
            ? new Scripts(scripts, "fairwayit", folder.resolve("cluster"))
            : new Scripts(scripts, "realk8s", Path.of(running));
  }

  /** Starts a cluster, or takes the one that runs, and makes its objects. Takes half a minute. */
  static RealCluster up(Path scripts, Path folder) {
    String running = Objects.requireNonNullElse(System.getenv("FAIRWAY_REALK8S_WORK"), "");
    RealCluster cluster = new RealCluster(scripts, folder, running);
    try {
      if (cluster.ours) {
        cluster.scripts.run(
            cluster.scripts.path("up.sh"),
            "--nodes",
            Integer.toString(NODES),
            "--dual",
            "--proxy",
            "none");
      }
      cluster.prepare();
    } catch (RuntimeException | Error e) {
      try {
        cluster.close();
      } catch (RuntimeException | AssertionError failed) {
        e.addSuppressed(failed);
      }
      throw e;
    }
    return cluster;
  }

  private void prepare() {
    Path manifest = folder.resolve("services.yaml");
    try (var in = RealCluster.class.getResourceAsStream("/realk8s/services.yaml")) {
      Files.copy(Objects.requireNonNull(in, "services.yaml"), manifest);
    } catch (IOException e) {
      throw new AssertionError("the manifest cannot be written", e);
    }
    kubectl("apply -f " + manifest);
    kubectl("wait --for=condition=Ready pod --all --timeout=120s");
    for (String line :
        kubectl(
                "get pods -o jsonpath='{range .items[*]}{.metadata.name}"
                    + " {.status.podIPs[0].ip} {.status.podIPs[1].ip}{\"\\n\"}{end}'")
            .lines()
            .toList()) {
      String[] words = line.split(" ");
      podAddresses.put(words[0] + "/4", words[1]);
      podAddresses.put(words[0] + "/6", words[2]);
    }
    kubectl(
        "patch service web-lb --subresource=status -p '{\"status\":{\"loadBalancer\":{\"ingress\":["
            + "{\"ip\":\"203.0.113.20\"},{\"ip\":\"2001:db8:113::20\"}]}}}'");
    for (String address : List.of("203.0.113.20", "203.0.113.50", "203.0.113.51")) {
      outside("ip route replace " + address + " via 10.200.0.2 src 198.51.100.1");
    }
    for (String address : List.of("2001:db8:113::20", "2001:db8:113::50", "2001:db8:113::51")) {
      outside("ip -6 route replace " + address + " via fd00:10:200::2 src 2001:db8:51::1");
    }
    // Hand-written, so that what the cluster's controllers think of nodes does not matter.
    point("web-1");
    slices("label-headless", ", service.kubernetes.io/headless: \"\"", "web-1");
  }

  /** Makes a pod the only endpoint of the Service {@code fixed}. */
  void point(String pod) {
    slices("fixed", "", pod);
  }

  private void slices(String service, String label, String pod) {
    StringBuilder slices = new StringBuilder();
    for (String family : List.of("4", "6")) {
      slices.append(
          """
          apiVersion: discovery.k8s.io/v1
          kind: EndpointSlice
          metadata: {name: %1$s-%2$s, labels: {kubernetes.io/service-name: %1$s%3$s}}
          addressType: IPv%2$s
          ports:
          - {name: http, port: 8080}
          - {name: udp, port: 8081, protocol: UDP}
          endpoints: [{addresses: ["%4$s"], conditions: {ready: true}}]
          ---
          """
              .formatted(service, family, label, podAddress(pod, family)));
    }
    try {
      kubectl("apply -f " + Files.writeString(folder.resolve("slices.yaml"), slices));
    } catch (IOException e) {
      throw new AssertionError("the slices cannot be written", e);
    }
  }

  /** A pod's address of family "4" or "6". */
  String podAddress(String pod, String family) {
    return Objects.requireNonNull(podAddresses.get(pod + "/" + family), pod);
  }

  /** Whether it was started for these tests and ends with them. */
  boolean isOurs() {
    return ours;
  }

  /** The folder of the running cluster. */
  Path work() {
    return scripts.work();
  }

  /** Where logs and processes' numbers are written. */
  Path folder() {
    return folder;
  }

  /** A command outside of all nodes. */
  void host(String... command) {
    scripts.run(command);
  }

  String kubectl(String line) {
    return inside(1, "kubectl " + line);
  }

  /** The output of a line of shell on a node. */
  String inside(int node, String line) {
    return scripts.run(onNode(node, line));
  }

  private String outside(String line) {
    return scripts.run("ip", "netns", "exec", scripts.netns() + "-link", "bash", "-c", line);
  }

  /** A process that stays, on a node; what it says on its standard error goes to a log. */
  Process start(int node, Path log, String line) {
    try {
      return scripts.builder(onNode(node, line)).redirectError(log.toFile()).start();
    } catch (IOException e) {
      throw new AssertionError("cannot start " + line, e);
    }
  }

  /** {@code pod1, pod2, one} (pods of both nodes), {@code node1, node2} or {@code outside}. */
  Vantage vantage(String name) {
    return vantages.computeIfAbsent(name, this::open);
  }

  private Vantage open(String name) {
    String prober =
        "exec %s "
            + Daemon.java()
            + " -XX:+UseSerialGC -Xmx64m -XX:TieredStopAtLevel=1 -cp '"
            + System.getProperty("java.class.path")
            + "' "
            + Prober.class.getName();
    String[] command;
    if (name.equals("outside")) {
      command =
          new String[] {
            "ip", "netns", "exec", scripts.netns() + "-link", "bash", "-c", prober.formatted("")
          };
    } else if (name.startsWith("node")) {
      command = onNode(name.charAt(4) - '0', prober.formatted(""));
    } else {
      String pod = name.replace("pod", "client-");
      // In the pod's network and in its cgroup, like a process that its container started.
      command =
          onNode(
              pod.endsWith("1") ? 1 : 2,
              """
              for p in $(pgrep -x agnhost); do
                nsenter -t $p -n ip -o addr | grep -qF ' %s/' || continue
                tree=/sys/fs/cgroup; [ -e $tree/cgroup.controllers ] || tree=$tree/unified
                echo $$ > $tree$(sed -n 's/^0:://p' /proc/$p/cgroup)/cgroup.procs || exit 1
                %s
              done
              exit 1
              """
                  .formatted(podAddress(pod, "4"), prober.formatted("nsenter -t $p -n")));
    }
    try {
      Path log = folder.resolve(name + ".log");
      return new Vantage(name, scripts.builder(command).redirectError(log.toFile()).start());
    } catch (IOException e) {
      throw new AssertionError("cannot start " + name, e);
    }
  }

  /** Lets all nodes be served by daemons of a mode; keeps those that are of it. */
  void serve(Mode mode) {
    boolean changed = false;
    for (int node = 1; node <= NODES; node++) {
      Daemon daemon = daemons[node];
      if (daemon == null || daemon.mode() != mode || !daemon.isAlive()) {
        if (daemon != null) {
          daemon.end();
        }
        replace(Daemon.start(this, node, mode));
        changed = true;
      }
    }
    for (int node = 1; node <= NODES; node++) {
      daemon(node).awaitReady();
    }
    if (changed) {
      kubectl("-n kube-system rollout status deployment/coredns --timeout=120s");
      System.out.println("realk8s: both nodes are served, " + mode);
    }
  }

  /** The daemon of a node, from 1. */
  Daemon daemon(int node) {
    return Objects.requireNonNull(daemons[node], "no daemon");
  }

  /** Another daemon is a node's from now on. */
  void replace(Daemon daemon) {
    daemons[daemon.node()] = daemon;
  }

  /** Waits, two minutes at most, until something is as it is to be. */
  static String eventually(Supplier<String> what, Predicate<String> wanted) {
    long start = System.nanoTime();
    String last = what.get();
    while (!wanted.test(last)) {
      assertThat(System.nanoTime() - start).as("still %s", last).isLessThan(PATIENCE.toNanos());
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      last = what.get();
    }
    return last;
  }

  private String[] onNode(int node, String line) {
    return new String[] {
      scripts.path("inside.sh"), "--node", Integer.toString(node), "bash", "-c", line
    };
  }

  @Override
  public void close() {
    for (Vantage vantage : vantages.values()) {
      try {
        vantage.close();
      } catch (IOException _) {
        // It ended by itself; what that means was seen by who asked it.
        continue;
      }
    }
    for (Daemon daemon : daemons) {
      if (daemon != null && daemon.isAlive()) {
        daemon.end();
      }
    }
    if (ours) {
      scripts.run(scripts.path("down.sh"));
    }
  }
}
