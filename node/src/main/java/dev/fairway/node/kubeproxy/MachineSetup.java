// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.service.IpPrefix;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** What is done to the machine outside of serving: set-up by the privileged, and clean-up. */
public final class MachineSetup {
  private static final Path ROOT = Path.of("/");

  private MachineSetup() {}

  /** Makes the log what the configuration says. */
  public static void logging(KubeProxyConfig config) {
    LogSettings.apply(config, System.getenv("FAIRWAY_LOG_LEVEL") != null);
  }

  /** Does what needs privileges, so that a process without can serve afterwards. */
  public static void init(CommandFlags flags, KubeProxyConfig config, Consumer<String> report)
      throws ConfigException, InterruptedException {
    List<IpPrefix> ranges = flags.serviceCidrs();
    KernelSettings settings =
        new KernelSettings(ROOT, Runtime.getRuntime().availableProcessors(), report);
    settings.apply(config);
    settings.prepare(flags.addressPool() != null);
    if (!ranges.isEmpty()) {
      settings.openLowPorts();
      new ServiceRangeRoutes(Commands.ofMachine(), report).add(ranges);
    }
  }

  /** Removes what kube-proxy and Fairway left; false if something is still there. */
  public static boolean cleanup(Consumer<String> report) throws InterruptedException {
    Cleanup cleanup = new Cleanup(Commands.ofMachine(), ProxyDaemon.BPF_FOLDER, report);
    boolean first = cleanup.ofKubeProxy();
    return cleanup.ofFairway() && first;
  }
}
