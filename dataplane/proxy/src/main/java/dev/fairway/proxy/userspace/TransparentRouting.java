// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What makes the answers to a socket with a client's address come back to that socket: a rule of
 * nftables marks packets that belong to a transparent socket, and marked packets are delivered
 * locally by a routing table of their own. Everything is fixed text; nothing of it depends on
 * Services, and installing it again changes nothing.
 */
public final class TransparentRouting {
  /** The bit of the packet mark; kubelet uses 0x4000 and 0x8000, Calico the upper half. */
  static final String MARK = "0x2000";

  /** The routing table. */
  static final String TABLE = "8192";

  private static final System.Logger LOG = System.getLogger(TransparentRouting.class.getName());
  private static final int BOUND_SECONDS = 10;
  private static final String NFT_TABLE = "inet fairway-transparent";

  private TransparentRouting() {}

  /**
   * Installs it for both families.
   *
   * @return why it is not there, null if it is; IPv6 alone may be missing where the kernel has none
   */
  public static @Nullable String install() {
    String failure =
        run(
            """
            add table %1$s
            delete table %1$s
            table %1$s {
              chain prerouting {
                type filter hook prerouting priority mangle; policy accept;
                meta l4proto { tcp, udp } socket transparent 1 meta mark set meta mark or %2$s
              }
            }
            """
                .formatted(NFT_TABLE, MARK),
            List.of("nft", "-f", "-"));
    if (failure != null) {
      return failure;
    }
    String v4 = installRoute("-4");
    String v6 = installRoute("-6");
    if (v6 != null) {
      LOG.log(System.Logger.Level.INFO, "clients of IPv6 are not kept: {0}", v6);
    }
    return v4;
  }

  private static @Nullable String installRoute(String family) {
    String failure =
        run(
            "",
            List.of(
                "ip", family, "route", "replace", "local", "default", "dev", "lo", "table", TABLE));
    if (failure != null) {
      return failure;
    }
    // A rule that is there already is refused, so that there is never more than one.
    String added = run("", rule(family, "add"));
    return added == null || added.contains("File exists") ? null : added;
  }

  /** Removes all of it. */
  public static void remove() {
    run("add table %1$s\ndelete table %1$s\n".formatted(NFT_TABLE), List.of("nft", "-f", "-"));
    for (String family : List.of("-4", "-6")) {
      run("", rule(family, "del"));
      run("", List.of("ip", family, "route", "flush", "table", TABLE));
    }
  }

  private static List<String> rule(String family, String verb) {
    return List.of(
        "ip", family, "rule", verb, "fwmark", MARK + "/" + MARK, "lookup", TABLE, "pref", "98");
  }

  /** Runs a command; null if it went well. */
  private static @Nullable String run(String input, List<String> command) {
    try {
      Process process =
          new ProcessBuilder(new ArrayList<>(command))
              .redirectErrorStream(true)
              .redirectInput(Redirect.PIPE)
              .start();
      try (var in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return command.getFirst() + " does not end";
      }
      return process.exitValue() == 0 ? null : String.join(" ", command) + ": " + output;
    } catch (IOException e) {
      return "cannot run " + command.getFirst() + ": " + e.getMessage();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
