// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {
  @TempDir Path folder;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

  @Test
  void tokenFileIsReadAgainAfterAMinuteAndAfterARefusal() throws Exception {
    Path file = Files.writeString(folder.resolve("token"), "one\n");
    Credentials token = new Credentials.TokenFile(file, now::get);
    assertThat(token.authorization()).isEqualTo("Bearer one");
    Files.writeString(file, "two");
    assertThat(token.authorization()).isEqualTo("Bearer one");
    now.set(now.get().plusSeconds(61));
    assertThat(token.authorization()).isEqualTo("Bearer two");
    assertThat(token.refused("Bearer two")).isFalse();
    Files.writeString(file, "three");
    assertThat(token.refused("Bearer two")).isTrue();
    Files.delete(file);
    now.set(now.get().plusSeconds(61));
    assertThat(token.authorization()).isEqualTo("Bearer three");
  }

  @Test
  void missingTokenFileIsAnError() {
    Credentials token = new Credentials.TokenFile(folder.resolve("token"), now::get);
    assertThatThrownBy(token::authorization)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("token file");
  }

  private ExecCredentials exec(String script) {
    return new ExecCredentials(
        new ExecCredentials.Command(
            "client.authentication.k8s.io/v1",
            List.of("/bin/sh", "-c", script),
            Map.of("RUNS", folder.resolve("runs").toString()),
            "install it with care",
            null),
        now::get);
  }

  private static String output(String status) {
    return "echo run >> $RUNS; n=$(wc -l < $RUNS | tr -d ' '); echo \"{\\\"status\\\":{"
        + status.replace("'", "\\\"")
        + "}}\"";
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the plugin is a shell script")
  void execCredentialsAreKeptUntilTheyExpireOrAreRefused() throws Exception {
    ExecCredentials exec =
        exec(output("'token':'t$n','expirationTimestamp':'2026-01-01T00:05:00Z'"));
    assertThat(exec.authorization()).isEqualTo("Bearer t1");
    assertThat(exec.authorization()).isEqualTo("Bearer t1");
    assertThat(exec.refused("Bearer t1")).isTrue();
    assertThat(exec.authorization()).isEqualTo("Bearer t2");
    assertThat(exec.refused("Bearer t1")).isTrue();
    assertThat(exec.authorization()).isEqualTo("Bearer t2");
    now.set(Instant.parse("2026-01-01T00:04:51Z"));
    assertThat(exec.authorization()).isEqualTo("Bearer t3");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the plugin is a shell script")
  void execProgramIsToldWhatIsWanted() throws Exception {
    ExecCredentials exec =
        exec(
            "case \"$KUBERNETES_EXEC_INFO\" in *'\"interactive\":false'*)"
                + " echo '{\"status\":{\"token\":\"told\"}}';; esac");
    assertThat(exec.authorization()).isEqualTo("Bearer told");
    assertThat(exec.identity()).isNull();
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the plugin is a shell script")
  void execCertificatesComeWithTheirKey() throws Exception {
    ExecCredentials exec = exec(output("'clientCertificateData':'c','clientKeyData':'k'"));
    assertThat(exec.authorization()).isEmpty();
    assertThat(exec.identity()).isEqualTo(new Credentials.ClientIdentity("c", "k"));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the plugin is a shell script")
  void failingExecProgramIsAnError() {
    assertThatThrownBy(() -> exec("exit 3").authorization()).hasMessageContaining("exit code 3");
    assertThatThrownBy(() -> exec("echo hello").authorization()).hasMessageContaining("no JSON");
    assertThatThrownBy(() -> exec("echo '{}'").authorization()).hasMessageContaining("neither");
    ExecCredentials missing =
        new ExecCredentials(
            new ExecCredentials.Command(
                "v1", List.of(folder.resolve("no").toString()), Map.of(), "install it", null),
            now::get);
    assertThatThrownBy(missing::authorization)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("install it");
  }
}
