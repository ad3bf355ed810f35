// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static dev.fairway.node.realk8s.RealCluster.eventually;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The daemons of both nodes end, are killed or replaced while clients go on. */
@Tag("root")
@Tag("realk8s")
@ExtendWith(RealClusterExtension.class)
class RealRestartIT {
  private final RealCluster cluster;
  private final Traffic traffic = new Traffic();
  private final Traffic fresh = new Traffic();

  RealRestartIT(RealCluster cluster) {
    this.cluster = cluster;
  }

  @AfterEach
  void quiet() {
    traffic.close();
    fresh.close();
  }

  @BeforeEach
  void point() {
    cluster.point("web-1");
  }

  /** Clients that eBPF serves: pods and nodes, established and new, by ClusterIP and node port. */
  private void startInTheCluster() {
    for (String who : List.of("pod1", "pod2", "node1")) {
      Vantage from = cluster.vantage(who);
      traffic
          .with(from, "keep tcp 10.96.77.1 80")
          .with(from, "keep tcp fd00:10:96::7701 80")
          .with(from, "keep udp 10.96.77.1 90")
          .with(from, "keep udpto 10.96.77.1 90")
          .with(from, "new tcp 10.96.77.1 80")
          .with(from, "new tcp fd00:10:96::7701 80")
          .with(from, "new udp fd00:10:96::7701 90")
          .with(from, "new udpto 10.96.77.1 90");
    }
    traffic
        .with(cluster.vantage("node1"), "new tcp 10.200.0.2 30081")
        .with(cluster.vantage("pod2"), "keep tcp 203.0.113.50 80");
  }

  @Test
  void ebpf_daemonsThatEndAndComeBack_loseNothing() {
    cluster.serve(Mode.EBPF);
    startInTheCluster();
    traffic.awaitMore(20);
    for (int node = 1; node <= RealCluster.NODES; node++) {
      cluster.daemon(node).end();
    }
    // Nobody is there.
    traffic.awaitMore(30);
    cluster.serve(Mode.EBPF);
    traffic.awaitMore(20);
    theClusterStillConverges();
    traffic.endWithoutErrors("ebpf, end and start");
  }

  @Test
  void ebpf_daemonsThatAreKilledAndComeBack_loseNothing() {
    cluster.serve(Mode.EBPF);
    startInTheCluster();
    traffic.awaitMore(20);
    for (int round = 0; round < 2; round++) {
      for (int node = 1; node <= RealCluster.NODES; node++) {
        cluster.daemon(node).kill();
      }
      traffic.awaitMore(30);
      cluster.serve(Mode.EBPF);
      traffic.awaitMore(20);
    }
    theClusterStillConverges();
    traffic.endWithoutErrors("ebpf, kill and start");
  }

  @Test
  void ebpf_daemonOfAnotherBuild_takesOverWhatTheOldOnePinned() throws IOException {
    cluster.serve(Mode.EBPF);
    startInTheCluster();
    traffic.awaitMore(20);
    String otherBuild = otherBuild();
    for (int node = 1; node <= RealCluster.NODES; node++) {
      cluster.daemon(node).end();
      Daemon next = Daemon.start(cluster, node, Mode.EBPF, otherBuild);
      cluster.replace(next);
      next.awaitReady();
      traffic.awaitMore(20);
    }
    theClusterStillConverges();
    traffic.endWithoutErrors("ebpf, upgrade");
  }

  @Test
  void userspace_successorTakesOver_beforeItsPredecessorEnds() {
    cluster.serve(Mode.USERSPACE);
    // Connections that stay have ten seconds; what happens to them here takes less.
    for (String who : List.of("pod1", "node1", "outside")) {
      Vantage from = cluster.vantage(who);
      String to = who.equals("outside") ? "10.200.0.2 30081" : "10.96.77.1 80";
      String to6 = who.equals("outside") ? "fd00:10:200::2 30081" : "fd00:10:96::7701 80";
      fresh.with(from, "new tcp " + to).with(from, "new tcp " + to6);
      traffic.with(from, "keep tcp " + to);
    }
    fresh.awaitMore(20);
    Daemon predecessor = cluster.daemon(1);
    Daemon successor = Daemon.start(cluster, 1, Mode.USERSPACE);
    try {
      successor.awaitListening("[fd00:10:96::7713]");
    } finally {
      cluster.replace(successor);
      predecessor.terminate();
    }
    traffic.awaitMore(5);
    traffic.endWithoutErrors("userspace, connections that stay while a successor takes over");
    predecessor.awaitEnd();
    successor.awaitReady();
    fresh.awaitMore(30);
    fresh.endWithoutErrors("userspace, new connections while a successor takes over");
    theClusterStillConverges();
  }

  @Test
  void changeOfMode_thereAndBack_leavesNothingStale() {
    cluster.serve(Mode.EBPF);
    cluster.serve(Mode.USERSPACE);
    for (int node = 1; node <= RealCluster.NODES; node++) {
      Daemon daemon = cluster.daemon(node);
      eventually(daemon::log, log -> log.contains("removed eBPF objects in "));
    }
    theClusterStillConverges();
    cluster.serve(Mode.EBPF);
    theClusterStillConverges();
  }

  /** What the API server says reaches both nodes. */
  private void theClusterStillConverges() {
    for (String pod : List.of("web-2", "web-1")) {
      cluster.point(pod);
      for (String who : List.of("pod1", "pod2", "node1", "node2")) {
        for (String ask : List.of("tcp 10.96.77.13 80", "udp fd00:10:96::7713 90")) {
          eventually(() -> cluster.vantage(who).tell("ask " + ask + " hostname 3000"), pod::equals);
        }
      }
    }
  }

  /** The class path with our own folders copied elsewhere, as an upgrade would have them. */
  private String otherBuild() throws IOException {
    List<String> parts = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path from = Path.of(part);
      if (!Files.isDirectory(from)) {
        parts.add(part);
        continue;
      }
      Path to = cluster.folder().resolve("build" + parts.size());
      try (Stream<Path> files = Files.walk(from)) {
        for (Path file : files.toList()) {
          Path target = to.resolve(from.relativize(file).toString());
          if (Files.isDirectory(file)) {
            Files.createDirectories(target);
          } else {
            Files.copy(file, target);
          }
        }
      }
      parts.add(to.toString());
    }
    return String.join(File.pathSeparator, parts);
  }
}
