// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A place to ask from: a {@link Prober} that runs there. Thread-safe. */
final class Vantage implements AutoCloseable {
  private final String name;
  private final Process process;
  private final OutputStream commands;
  private final BufferedReader answers;

  Vantage(String name, Process process) {
    this.name = name;
    this.process = process;
    commands = process.getOutputStream();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** The prober's answer to one of its commands. */
  synchronized String tell(String command) {
    try {
      commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
      commands.flush();
      String answer = answers.readLine();
      assertThat(answer).as("%s answers %s", this, command).isNotNull();
      return String.valueOf(answer);
    } catch (IOException e) {
      throw new AssertionError(this + " cannot be told " + command, e);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public void close() throws IOException {
    commands.close();
    process.destroy();
  }
}
