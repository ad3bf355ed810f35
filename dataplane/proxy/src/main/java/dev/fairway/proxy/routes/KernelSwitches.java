// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Sysctls of the network that addresses depend on which are only routed. */
final class KernelSwitches {
  private static final System.Logger LOG = System.getLogger(KernelSwitches.class.getName());

  private final Path net;

  /** By the files of a folder such as /proc/sys/net. */
  KernelSwitches(Path net) {
    this.net = net;
  }

  static KernelSwitches ofMachine() {
    return new KernelSwitches(Path.of("/proc/sys/net"));
  }

  /**
   * Answers ARP on an interface only for the interface's own addresses: in an on-link network the
   * load balancer decides which node answers for its address. That is what {@code strictARP} means.
   */
  void silenceArp(String device) {
    Path conf = net.resolve("ipv4/conf");
    if (isZero(conf.resolve("all/arp_ignore"))) {
      turnOn(
          conf.resolve(device).resolve("arp_ignore"),
          "this node may answer ARP for a load balancer's address");
    }
  }

  private void turnOn(Path file, String otherwise) {
    if (!isZero(file)) {
      return;
    }
    try {
      Files.writeString(file, "1");
      LOG.log(System.Logger.Level.INFO, "set " + file + " to 1");
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot set " + file + " to 1: " + otherwise, e);
    }
  }

  private static boolean isZero(Path file) {
    try {
      return Files.readString(file).strip().equals("0");
    } catch (IOException _) {
      // No such family or interface.
      return false;
    }
  }
}
