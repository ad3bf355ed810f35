// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A process {@code fairway node} on a node of the cluster, with kube-proxy's kubeconfig. */
final class Daemon {
  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final int END_SECONDS = 30;

  private final RealCluster cluster;
  private final int node;
  private final Mode mode;
  private final Process process;
  private final Path log;
  private final Path pid;

  private Daemon(
      RealCluster cluster, int node, Mode mode, String prefix, String classPath, String flags) {
    this.cluster = cluster;
    this.node = node;
    this.mode = mode;
    String name = "daemon-" + NUMBERS.incrementAndGet() + "-node" + node + "-" + mode;
    log = cluster.folder().resolve(name + ".log");
    pid = cluster.folder().resolve(name + ".pid");
    process =
        cluster.start(
            node,
            log,
            "echo $$ > "
                + pid
                + "; exec "
                + prefix
                + " "
                + java()
                + " -XX:+UseSerialGC -Xmx256m --enable-native-access=ALL-UNNAMED"
                + " --sun-misc-unsafe-memory-access=allow -cp '"
                + classPath
                + "' dev.fairway.node.Main node "
                + flags
                + " --kubeconfig "
                + cluster.work().resolve("kube-proxy.conf")
                + " --hostname-override node"
                + node
                + " --cluster-cidr 10.244.0.0/16,fd00:10:244::/48"
                + " --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0"
                + " --conntrack-tcp-timeout-close-wait 0 --oom-score-adj 0 1>&2");
  }

  /** The java command of this JVM. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  static Daemon start(RealCluster cluster, int node, Mode mode) {
    return start(cluster, node, mode, System.getProperty("java.class.path"));
  }

  /** One of another build. */
  static Daemon start(RealCluster cluster, int node, Mode mode, String classPath) {
    return new Daemon(cluster, node, mode, "", classPath, mode.flags());
  }

  /** One in userspace mode with flags of the caller's choice, started by a command as a prefix. */
  static Daemon withFlags(RealCluster cluster, int node, String prefix, String flags) {
    return new Daemon(
        cluster, node, Mode.USERSPACE, prefix, System.getProperty("java.class.path"), flags);
  }

  int node() {
    return node;
  }

  Mode mode() {
    return mode;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until Services are answered on the node, and this process says that it is well. */
  void awaitReady() {
    RealCluster.eventually(
        () -> isAlive() ? log() : "ended: " + log(),
        text -> text.contains("proxy of node node" + node + ": " + mode.reason()));
    Vantage here = cluster.vantage("node" + node);
    RealCluster.eventually(
        () -> here.tell("ask tcp 127.0.0.1 10256 healthz 3000"),
        text -> text.contains("\"nodeEligible\":true"));
    for (String service : List.of("10.96.77.13", "fd00:10:96::7713")) {
      RealCluster.eventually(
          () -> here.tell("ask tcp " + service + " 80 hostname 3000"), "web-1"::equals);
    }
  }

  /** Waits until this process listens on the address of a Service, whoever else does. */
  void awaitListening(String address) {
    RealCluster.eventually(
        () ->
            isAlive()
                ? cluster.inside(node, "ss -Hltnp src '" + address + "'; true")
                : "ended: " + log(),
        text -> text.contains("pid=" + pid() + ","));
  }

  private String pid() {
    return read(pid).strip();
  }

  String log() {
    return read(log);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError("cannot be read: " + file, e);
    }
  }

  /** SIGTERM; does not wait for its end. */
  void terminate() {
    cluster.inside(node, "kill -TERM " + pid());
  }

  /** SIGTERM and its end. */
  void end() {
    if (isAlive()) {
      terminate();
    }
    awaitEnd();
  }

  /** SIGKILL and its end. */
  void kill() {
    cluster.inside(node, "kill -KILL " + pid());
    awaitEnd();
  }

  void awaitEnd() {
    try {
      assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS)).as("ends: %s", log()).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
