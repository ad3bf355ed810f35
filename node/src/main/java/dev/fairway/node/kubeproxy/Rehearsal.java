// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.proxy.bpf.BpfSupport;
import dev.fairway.proxy.routes.VipRoutes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * Goes the way of a start once and changes nothing of the machine, so that the JVM can archive the
 * classes that it takes.
 */
public final class Rehearsal {
  private static final Duration BOUND = Duration.ofSeconds(10);
  private static final @Nullable URI NO_OTHER_SERVER = null;

  private Rehearsal() {}

  /**
   * Starts a proxy, waits until it serves, and ends it.
   *
   * @param folder where its configuration may be written
   * @param nodeName a node of the cluster
   */
  public static void run(Path kubeconfig, Path folder, String nodeName)
      throws IOException, InterruptedException {
    Path file =
        Files.writeString(
            folder.resolve("rehearsal.conf"),
            """
            apiVersion: kubeproxy.config.k8s.io/v1alpha1
            kind: KubeProxyConfiguration
            clientConnection:
              kubeconfig: %s
            bindAddress: 127.0.0.1
            clusterCIDR: 127.64.0.0/12
            healthzBindAddress: 127.0.0.1:0
            metricsBindAddress: 127.0.0.1:0
            nodePortAddresses: [primary]
            conntrack:
              maxPerCore: null
              tcpCloseWaitTimeout: null
            mode: ""
            """
                .formatted(kubeconfig));
    CommandFlags flags =
        CommandFlags.parse(
            List.of("--config=" + file, "--hostname-override=" + nodeName, "--unprivileged"));
    KubeProxyConfig config = flags.configuration(_ -> {});
    // What a privileged start asks the kernel; the answers do not matter.
    Thread kernel =
        Thread.ofPlatform()
            .name("rehearsal")
            .start(() -> {
              BpfSupport.probe();
              VipRoutes.unavailable();
            });
    try (ProxyDaemon daemon =
        ProxyDaemon.start(
            flags,
            config,
            ProxyDaemon.nodeName(config),
            ApiAccess.connect(config.kubeconfig(), NO_OTHER_SERVER, Map.of()))) {
      daemon.awaitFirst(BOUND);
    }
    kernel.join(BOUND);
    load(ProxyDaemon.class, "dev/fairway/node/(kubeproxy|cluster)/.*");
    load(BpfSupport.class, "dev/fairway/proxy/.*");
  }

  /** What only a privileged start uses is not used here, but can be had ready all the same. */
  private static void load(Class<?> neighbour, String names) throws IOException {
    CodeSource source = neighbour.getProtectionDomain().getCodeSource();
    if (source == null || !source.getLocation().getPath().endsWith(".jar")) {
      return;
    }
    try (JarFile jar = new JarFile(source.getLocation().getPath())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName();
        if (name.matches(names + "\\.class") && !name.endsWith("-info.class")) {
          String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
          Class.forName(type, false, neighbour.getClassLoader());
        }
      }
    } catch (ClassNotFoundException e) {
      throw new IOException("a jar without a class that it lists", e);
    }
  }
}
