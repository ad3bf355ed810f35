// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps the kernel from answering ARP on an interface for addresses that are only routed: in an
 * on-link network the load balancer decides which node answers for its address.
 */
final class ArpSilence {
  private static final System.Logger LOG = System.getLogger(ArpSilence.class.getName());

  private final Path conf;

  /** By the files of a folder such as /proc/sys/net/ipv4/conf. */
  ArpSilence(Path conf) {
    this.conf = conf;
  }

  static ArpSilence ofMachine() {
    return new ArpSilence(Path.of("/proc/sys/net/ipv4/conf"));
  }

  /** Answers only for addresses of the interface itself; that is what {@code strictARP} means. */
  void silence(String device) {
    Path file = conf.resolve(device).resolve("arp_ignore");
    try {
      if (isZero(file) && isZero(conf.resolve("all").resolve("arp_ignore"))) {
        Files.writeString(file, "1");
        LOG.log(
            System.Logger.Level.INFO,
            "arp_ignore of {0} is 1 now: a load balancer''s address is in its network",
            device);
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "cannot set " + file + " to 1: this node may answer ARP for a load balancer's address",
          e);
    }
  }

  private static boolean isZero(Path file) throws IOException {
    return Files.readString(file).strip().equals("0");
  }
}
