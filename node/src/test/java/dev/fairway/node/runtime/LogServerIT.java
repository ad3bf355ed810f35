// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.apiserver.pki.ClusterCa;
import dev.fairway.apiserver.pki.Credential;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log server over TLS, as the API server calls it. */
@Timeout(30)
final class LogServerIT {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final char[] PASSWORD = new char[0];

  private final ClusterCa ca;
  private final ContainerLog log;
  private final LogServer server;
  private Instant now = START;

  LogServerIT(@TempDir Path folder) throws Exception {
    ca = ClusterCa.open(folder.resolve("pki"), InstantSource.system());
    log = new ContainerLog(folder.resolve("0.log"), 1 << 20, this::tick);
    server = LogServer.start("127.0.0.1", context(true), this::find, () -> START.plusSeconds(100));
  }

  @AfterEach
  void stop() throws IOException {
    log.close();
    server.close();
  }

  @Test
  void allLines() throws Exception {
    write("one\ntwo\n");
    assertThat(get("/containerLogs/default/web/c")).isEqualTo("one\ntwo\n");
  }

  @Test
  void tailTimestampsAndSince() throws Exception {
    write("one\ntwo\nthree\n");
    assertThat(get("/containerLogs/default/web/c?tailLines=1&timestamps=true"))
        .isEqualTo("2026-01-01T00:00:03.000000000Z three\n");
    assertThat(get("/containerLogs/default/web/c?sinceSeconds=98")).isEqualTo("two\nthree\n");
    assertThat(get("/containerLogs/default/web/c?limitBytes=5")).isEqualTo("one\nt");
  }

  @Test
  void followingShowsLinesAsTheyComeAndEndsWithTheContainer() throws Exception {
    HttpsURLConnection connection = open("/containerLogs/default/web/c?follow=true", true);
    try (PipedOutputStream container = new PipedOutputStream();
        PipedInputStream output = new PipedInputStream(container);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
      Thread pump = Thread.ofVirtual().start(() -> pump(output));
      container.write("one\n".getBytes(StandardCharsets.UTF_8));
      container.flush();
      assertThat(lines.readLine()).isEqualTo("one");
      container.write("two\n".getBytes(StandardCharsets.UTF_8));
      container.close();
      pump.join();
      assertThat(lines.readLine()).isEqualTo("two");
      assertThat(lines.readLine()).isNull();
    }
  }

  @Test
  void whatCannotBeFoundIsASentence() throws Exception {
    HttpsURLConnection connection = open("/containerLogs/default/other/c", true);
    assertThat(connection.getResponseCode()).isEqualTo(400);
    try (InputStream body = connection.getErrorStream()) {
      assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("no such pod\n");
    }
  }

  @Test
  void nonsenseIsRefused() throws Exception {
    assertThat(open("/containerLogs/default/web/c?tailLines=x", true).getResponseCode())
        .isEqualTo(400);
    assertThat(open("/containerLogs/default/web", true).getResponseCode()).isEqualTo(404);
  }

  @Test
  void aClientWithoutACertificateGetsNothing() {
    assertThatThrownBy(() -> open("/containerLogs/default/web/c", false).getResponseCode())
        .isInstanceOf(IOException.class);
  }

  private LogServer.Found find(String namespace, String pod, String container, boolean previous)
      throws IOException {
    if (!pod.equals("web")) {
      throw new IOException("no such pod");
    }
    return new LogServer.Found(log.file(), log);
  }

  private void write(String text) throws IOException {
    log.pump(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void pump(InputStream output) {
    try (log) {
      log.pump(output);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Instant tick() {
    now = now.plusSeconds(1);
    return now;
  }

  private String get(String path) throws Exception {
    try (InputStream body = open(path, true).getInputStream()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private HttpsURLConnection open(String path, boolean certificate) throws Exception {
    HttpsURLConnection connection =
        (HttpsURLConnection)
            URI.create("https://127.0.0.1:" + server.port() + path).toURL().openConnection();
    connection.setSSLSocketFactory(context(certificate).getSocketFactory());
    return connection;
  }

  private SSLContext context(boolean certificate) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, PASSWORD);
    if (certificate) {
      Credential own = ca.issue("test", List.of(), List.of("127.0.0.1"));
      keys.setKeyEntry(
          "own", own.key(), PASSWORD, new Certificate[] {own.certificate(), ca.certificate()});
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry("ca", ca.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
