// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Credentials that a program prints (client.authentication.k8s.io v1 and v1beta1), kept until their
 * {@code expirationTimestamp} or a 401.
 */
final class ExecCredentials implements Credentials {
  private static final Duration LONGEST_RUN = Duration.ofMinutes(2);
  private static final int MAX_OUTPUT = 1 << 20;

  /** Renewed a little before they expire, so that no request is on its way with old ones. */
  private static final Duration EARLY = Duration.ofSeconds(10);

  private final Command command;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Issued issued;

  ExecCredentials(Command command, InstantSource clock) {
    this.command = command;
    this.clock = clock;
  }

  /**
   * What to run.
   *
   * @param apiVersion of the ExecCredential object
   * @param line program and arguments
   * @param environment variables added to those of this process
   * @param installHint shown where the program is missing
   * @param cluster passed on to the program, or null
   */
  record Command(
      String apiVersion,
      List<String> line,
      Map<String, String> environment,
      String installHint,
      @Nullable ObjectNode cluster) {}

  private record Issued(
      String authorization, @Nullable ClientIdentity identity, @Nullable Instant renewAt) {}

  @Override
  public String authorization() throws IOException, InterruptedException {
    return current().authorization();
  }

  @Override
  public @Nullable ClientIdentity identity() throws IOException, InterruptedException {
    return current().identity();
  }

  @Override
  public boolean refused(String used) {
    lock.lock();
    try {
      if (issued != null && issued.authorization().equals(used)) {
        issued = null;
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private Issued current() throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      Issued known = issued;
      Instant renewAt = known == null ? null : known.renewAt();
      if (known == null || (renewAt != null && !clock.instant().isBefore(renewAt))) {
        known = parse(run());
        issued = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private byte[] run() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command.line()).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(command.environment());
    builder.environment().put("KUBERNETES_EXEC_INFO", info());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      String hint = command.installHint().isEmpty() ? "" : "; " + command.installHint().strip();
      throw new IOException("exec credentials: " + e.getMessage() + hint, e);
    }
    try (InputStream out = process.getInputStream()) {
      process.getOutputStream().close();
      Thread killer = Thread.ofVirtual().start(() -> killLate(process));
      byte[] output = out.readNBytes(MAX_OUTPUT + 1);
      if (output.length > MAX_OUTPUT) {
        throw new IOException("exec credentials: more output than " + MAX_OUTPUT + " bytes");
      }
      int exit = process.waitFor();
      killer.interrupt();
      if (exit != 0) {
        throw new IOException(
            "exec credentials: " + command.line().getFirst() + " ended with exit code " + exit);
      }
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  private static void killLate(Process process) {
    try {
      if (!process.waitFor(LONGEST_RUN.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private String info() {
    ObjectNode info = KubeCodec.json().createObjectNode();
    info.put("apiVersion", command.apiVersion()).put("kind", "ExecCredential");
    ObjectNode spec = info.putObject("spec").put("interactive", false);
    if (command.cluster() != null) {
      spec.set("cluster", command.cluster());
    }
    return info.toString();
  }

  private Issued parse(byte[] output) throws IOException {
    JsonNode status;
    try {
      status = KubeCodec.json().readTree(output).path("status");
    } catch (JacksonException e) {
      throw new IOException("exec credentials: the output is no JSON", e);
    }
    String token = status.path("token").asString("");
    String certificates = status.path("clientCertificateData").asString("");
    String key = status.path("clientKeyData").asString("");
    if (token.isEmpty() && (certificates.isEmpty() || key.isEmpty())) {
      throw new IOException(
          "exec credentials: the output has neither a token nor a certificate with its key");
    }
    Instant renewAt = null;
    String expires = status.path("expirationTimestamp").asString("");
    if (!expires.isEmpty()) {
      try {
        renewAt = OffsetDateTime.parse(expires).toInstant().minus(EARLY);
      } catch (DateTimeException e) {
        throw new IOException("exec credentials: expirationTimestamp is no time", e);
      }
    }
    return new Issued(
        token.isEmpty() ? "" : "Bearer " + token,
        certificates.isEmpty() ? null : new ClientIdentity(certificates, key),
        renewAt);
  }
}
