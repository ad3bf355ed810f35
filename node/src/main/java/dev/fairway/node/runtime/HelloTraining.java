// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the built-in image once and writes the class data archive that its later starts use. */
public final class HelloTraining {
  private static final int TIMEOUT_MILLIS = 10_000;

  private HelloTraining() {}

  /** Starts it on a free port, asks it once, ends it; the archive is written as it ends. */
  public static void run() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(EntryPoint.helloJvm());
    command.add("-XX:AOTCacheOutput=" + EntryPoint.helloArchive());
    command.addAll(EntryPoint.helloMain());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("POD_IP", "127.0.0.1");
    builder.environment().put("PORT", "0");
    Process process = builder.start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("listening on ")) {
          ask(Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
          process.toHandle().destroy();
        }
      }
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        throw new IOException("the archive of the built-in image was not written in time");
      }
    } finally {
      process.destroyForcibly();
    }
  }

  private static void ask(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
      OutputStream out = socket.getOutputStream();
      out.write(
          "GET / HTTP/1.1\r\nHost: hello\r\nConnection: close\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().readAllBytes();
    }
  }
}
