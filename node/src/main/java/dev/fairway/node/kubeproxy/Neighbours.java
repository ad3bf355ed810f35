// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Others that serve the addresses of Services on this node: kube-proxy, or what stands in its
 * place. Only looks: at processes, as far as they can be seen from here, at what answers where
 * kube-proxy does, at network interfaces and at eBPF objects.
 */
final class Neighbours {
  private static final int TIMEOUT_MILLIS = 500;
  private static final int MAX_ANSWER = 4096;
  private static final Set<String> MODES = Set.of("iptables", "nftables", "ipvs");

  private final Path root;
  private final int metricsPort;

  /**
   * A look at a machine.
   *
   * @param root "/", or another folder that stands for it
   * @param metricsPort where kube-proxy answers, on 127.0.0.1
   */
  Neighbours(Path root, int metricsPort) {
    this.root = root;
    this.metricsPort = metricsPort;
  }

  /** This machine's. */
  static Neighbours ofMachine() {
    return new Neighbours(Path.of("/"), KubeProxyConfig.METRICS_PORT);
  }

  /**
   * Who is there.
   *
   * @param isKubeProxy whether one is kube-proxy itself, whose rules are not to be taken for those
   *     of a process that is gone
   * @param evidence a few words for each, with what gives it away
   */
  record Found(boolean isKubeProxy, List<String> evidence) {
    Found {
      evidence = List.copyOf(evidence);
    }

    /** One line for a log and an Event; "" if nobody is there. */
    String warning() {
      return evidence.isEmpty()
          ? ""
          : "not alone on this node: "
              + String.join("; ", evidence)
              + ". Two proxies answer the same addresses until one is stopped";
    }
  }

  /** Looks. */
  Found find() {
    List<String> evidence = new ArrayList<>();
    Set<String> programs = programs();
    String mode = mode();
    boolean isKubeProxy = mode != null || programs.contains("kube-proxy");
    if (isKubeProxy) {
      evidence.add("kube-proxy is running" + (mode == null ? "" : " (mode " + mode + ")"));
    }
    String cilium = cilium();
    if (cilium != null) {
      evidence.add(
          "Cilium's kube-proxy replacement "
              + (programs.contains("cilium-agent") ? "is running" : "has left its programs")
              + " ("
              + cilium
              + ")");
    }
    String calico = first("sys/fs/bpf/tc/globals", "cali_v4_nat_*");
    if (calico != null) {
      evidence.add("Calico's eBPF service proxy has programs here (" + calico + ")");
    }
    if (Files.exists(root.resolve("sys/class/net/kube-dummy-if"))) {
      evidence.add(
          "kube-router's service proxy "
              + (programs.contains("kube-router") ? "is running" : "has left its rules")
              + " (interface kube-dummy-if)");
    } else if (programs.contains("kube-router")) {
      evidence.add("kube-router is running");
    }
    return new Found(isKubeProxy, evidence);
  }

  /** Names of the processes that can be seen, at most 15 characters each. */
  private Set<String> programs() {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> processes =
        Files.newDirectoryStream(root.resolve("proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          if (isOfThisNode(process)) {
            names.add(Files.readString(process.resolve("comm")).strip());
          }
        } catch (IOException _) {
          // It ended meanwhile.
        }
      }
    } catch (IOException _) {
      return names;
    }
    return names;
  }

  /** Not one of another node on the same kernel, as far as that can be told. */
  private boolean isOfThisNode(Path process) {
    Path own = network(root.resolve("proc/self"));
    Path other = network(process);
    return own == null || other == null || own.equals(other);
  }

  private static @Nullable Path network(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/net"));
    } catch (IOException _) {
      return null;
    }
  }

  /** What shows that Cilium serves Services: its socket programs, else its maps of Services. */
  private @Nullable String cilium() {
    String program = first("sys/fs/bpf/cilium/socketlb/links/cgroup", "cil_sock*_connect");
    return program == null ? first("sys/fs/bpf/tc/globals", "cilium_lb[46]_services*") : program;
  }

  private @Nullable String first(String folder, String names) {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(root.resolve(folder), names)) {
      Path first = null;
      for (Path path : found) {
        first = first == null || path.compareTo(first) < 0 ? path : first;
      }
      return first == null ? null : "/" + root.relativize(first);
    } catch (IOException _) {
      return null;
    }
  }

  /** The mode of a kube-proxy that answers where its metrics usually are; null if none does. */
  private @Nullable String mode() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), metricsPort),
          TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET /proxyMode HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readNBytes(MAX_ANSWER), StandardCharsets.US_ASCII);
      int body = answer.indexOf("\r\n\r\n");
      String mode = body < 0 ? "" : answer.substring(body).strip().toLowerCase(Locale.ROOT);
      return MODES.contains(mode) ? mode : null;
    } catch (IOException _) {
      return null;
    }
  }
}
