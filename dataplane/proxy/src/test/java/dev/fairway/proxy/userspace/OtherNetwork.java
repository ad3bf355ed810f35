// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.OwnNetwork;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace beside that of this process, with one link between them; it ends when it is
 * closed. For processes that {@link OwnNetwork} started.
 */
final class OtherNetwork implements AutoCloseable {
  private final Process process;

  /** A namespace without a link. */
  OtherNetwork() throws IOException {
    process =
        new ProcessBuilder(
                "unshare", "--net", "sh", "-c", "ip link set lo up; echo up; exec sleep 120")
            .redirectError(Redirect.INHERIT)
            .start();
    assertThat(process.inputReader().readLine()).isEqualTo("up");
  }

  /**
   * Links it with this one.
   *
   * @param link the name of the link here; there it is {@code eth0}
   * @param near addresses with lengths, for here
   * @param far the same for there
   */
  void link(String link, List<String> near, List<String> far)
      throws IOException, InterruptedException {
    String pid = Long.toString(process.pid());
    run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pid);
    for (String address : near) {
      run(addition(address, link));
    }
    run("ip", "link", "set", link, "up");
    for (String address : far) {
      enter(addition(address, "eth0"));
    }
    enter("ip", "link", "set", "eth0", "up");
  }

  private static String[] addition(String address, String link) {
    return ("ip addr add " + address + " dev " + link + (address.contains(":") ? " nodad" : ""))
        .split(" ");
  }

  /** Runs a command there. */
  void enter(String... command) throws IOException, InterruptedException {
    assertThat(start(List.of(command)).waitFor()).describedAs(List.of(command).toString()).isZero();
  }

  /** Starts a command there; what it says as errors is seen here. */
  Process start(List<String> command) throws IOException {
    List<String> all =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(process.pid()), "-n"));
    all.addAll(command);
    return new ProcessBuilder(all).redirectError(Redirect.INHERIT).start();
  }

  /** Runs a command here. */
  static void run(String... command) throws IOException, InterruptedException {
    int status = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start().waitFor();
    assertThat(status).describedAs(List.of(command).toString()).isZero();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
