// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static dev.fairway.node.realk8s.RealCluster.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The API server is away, for 20 seconds, for five minutes with {@code
 * -Dfairway.realk8s.full=true}, or for as long as {@code -Dfairway.realk8s.outage=SECONDS} says.
 */
@Tag("root")
@Tag("realk8s")
@ExtendWith(RealClusterExtension.class)
class RealOutageIT {
  private static final Duration OUTAGE =
      Duration.ofSeconds(
          Integer.getInteger(
              "fairway.realk8s.outage", Boolean.getBoolean("fairway.realk8s.full") ? 300 : 20));

  private final RealCluster cluster;

  RealOutageIT(RealCluster cluster) {
    this.cluster = cluster;
  }

  /** A way in which an API server can be away. */
  enum Absence {
    /** Connections break, and no new one is taken. */
    KILLED("kill -KILL $pid", "mapfile -t line < %1$s; exec \"${line[@]}\""),
    /** Connections stay and nothing comes. */
    FROZEN("kill -STOP $pid", "kill -CONT $pid");

    private final String begin;
    private final String end;

    Absence(String begin, String end) {
      this.begin = begin;
      this.end = end;
    }
  }

  @ParameterizedTest
  @CsvSource({"EBPF, KILLED", "EBPF, FROZEN", "USERSPACE, KILLED"})
  void trafficGoesOn_andWhatChangesAfterwardsIsFollowed(Mode mode, Absence absence) {
    cluster.serve(mode);
    cluster.point("web-1");
    String during = mode + ", API server " + absence + " for " + OUTAGE.toSeconds() + " s";
    try (Traffic traffic = start()) {
      traffic.awaitMore(5);
      begin(absence);
      try {
        long start = System.nanoTime();
        while (System.nanoTime() - start < OUTAGE.toNanos()) {
          traffic.awaitMore(10);
        }
        for (String node : new String[] {"node1", "node2"}) {
          assertThat(cluster.vantage(node).tell("ask tcp 127.0.0.1 10256 healthz 5000"))
              .contains("\"nodeEligible\":true");
        }
      } finally {
        end(absence);
      }
      eventually(() -> cluster.kubectl("get --raw /readyz 2>&1 || true"), "ok"::equals);
      traffic.awaitMore(5);
      // Before the change: it ends datagram sockets that are connected to what is gone.
      traffic.endWithoutErrors(during);
      cluster.point("web-2");
      for (String who : new String[] {"pod1", "pod2", "node1", "outside"}) {
        String service = who.equals("outside") ? "10.200.0.3 30093" : "10.96.77.13 80";
        eventually(
            () -> cluster.vantage(who).tell("ask tcp " + service + " hostname 3000"),
            "web-2"::equals);
      }
    } finally {
      cluster.point("web-1");
    }
    // An API server that was away for long takes nodes for gone until they report again.
    cluster.kubectl("wait --for=condition=Ready node --all --timeout=120s");
    cluster.kubectl("wait --for=condition=Ready pod --all --timeout=120s");
  }

  /** By the Service whose endpoints no controller touches. */
  private Traffic start() {
    return new Traffic()
        .with(cluster.vantage("pod1"), "keep tcp 10.96.77.13 80")
        .with(cluster.vantage("pod1"), "new tcp fd00:10:96::7713 80")
        .with(cluster.vantage("pod2"), "new udp 10.96.77.13 90")
        .with(cluster.vantage("pod2"), "keep udpto 10.96.77.13 90")
        .with(cluster.vantage("node1"), "new tcp 10.96.77.13 80")
        .with(cluster.vantage("outside"), "keep tcp 10.200.0.2 30093")
        .with(cluster.vantage("outside"), "new tcp 10.200.0.3 30093")
        .with(cluster.vantage("outside"), "new tcp fd00:10:200::2 30093");
  }

  private Path number() {
    return cluster.work().resolve("node1/run/kube-apiserver.pid");
  }

  private Path commandLine() {
    return cluster.folder().resolve("kube-apiserver.line");
  }

  private void begin(Absence absence) {
    cluster.inside(
        1,
        "pid=$(cat %s) && tr '\\0' '\\n' < /proc/$pid/cmdline > %s && %s"
            .formatted(number(), commandLine(), absence.begin));
  }

  private void end(Absence absence) {
    if (absence == Absence.FROZEN) {
      // What started it on the node stopped with it, and would stay so.
      ProcessHandle.allProcesses()
          .filter(process -> process.info().command().orElse("").endsWith("/nsenter"))
          .filter(process -> process.info().commandLine().orElse("").contains(number().toString()))
          .forEach(process -> cluster.host("kill", "-CONT", Long.toString(process.pid())));
      cluster.inside(1, "pid=$(cat " + number() + ") && " + absence.end);
      return;
    }
    cluster.start(
        1,
        cluster.folder().resolve("kube-apiserver.log"),
        "echo $$ > %s; exec >> %s 2>&1 </dev/null; %s"
            .formatted(
                number(),
                cluster.work().resolve("log/kube-apiserver-1.log"),
                absence.end.formatted(commandLine())));
  }
}
