// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads upstream servers from a resolv.conf. */
public final class ResolvConf {
  private static final int PORT = 53;

  private ResolvConf() {}

  /**
   * The servers of the first of these files that names any. Loopback addresses are left out: behind
   * them sits a stub of this machine, which may ask us again.
   */
  public static List<InetSocketAddress> upstreams(List<Path> files) {
    for (Path file : files) {
      try {
        List<InetSocketAddress> servers =
            parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!servers.isEmpty()) {
          return servers;
        }
      } catch (IOException e) {
        System.getLogger(ResolvConf.class.getName())
            .log(System.Logger.Level.DEBUG, () -> "file=" + file + " not readable: " + e);
      }
    }
    return List.of();
  }

  /** The servers that the text of a resolv.conf names. */
  static List<InetSocketAddress> parse(String text) throws UnknownHostException {
    List<InetSocketAddress> servers = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split("\\s+");
      if (words.length >= 2 && words[0].equals("nameserver")) {
        IpAddress address = IpAddress.tryParse(words[1]);
        if (address != null) {
          InetAddress inet = InetAddress.getByAddress(address.toBytes());
          if (!inet.isLoopbackAddress() && !inet.isAnyLocalAddress()) {
            servers.add(new InetSocketAddress(inet, PORT));
          }
        }
      }
    }
    return servers;
  }
}
