// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Skip;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs DNS clients of this machine. */
public final class Programs {
  private Programs() {}

  /** What a program prints, errors too; the test is skipped where there is no such program. */
  public static String run(List<String> command) throws Exception {
    Skip.unlessOnPath(command.getFirst());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).describedAs(output).isTrue();
    return output;
  }
}
