// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.tls.ClientCertificate;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.tls.ClientVerification.Mode;
import dev.fairway.ingress.tls.ServerTls;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TestCertificates.Authority;
import dev.fairway.ingress.tls.TlsClient;
import dev.fairway.ingress.tls.TlsProfile;
import dev.fairway.ingress.tls.TlsSession;
import dev.fairway.ingress.tls.TlsTable;
import dev.fairway.ingress.upstream.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** Handshakes of real clients: names, protocols, certificates of clients, resumed sessions. */
class TlsHandshakeIT {
  /** What the server side agreed on. */
  private record Established(TlsSession session, String protocol) {}

  private static final Authority AUTHORITY = new Authority("authority");

  /** Has the same name, or clients would not show what it issued. */
  private static final Authority STRANGER = new Authority("authority");

  private static final AtomicLong LATER = new AtomicLong();
  private static final ServerTls TLS =
      new ServerTls(
          () -> AUTHORITY.server("fallback"), () -> Instant.now().plusSeconds(LATER.get()));
  private static final BlockingQueue<Established> ESTABLISHED = new LinkedBlockingQueue<>();
  private static EventLoopGroup loops;
  private static Channel listener;
  private @Nullable Certificate own;

  @BeforeAll
  static void listen() throws InterruptedException {
    loops = Transport.best().newLoops(1, "tls-test");
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(Transport.best().serverChannel())
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new TlsHandshake(TLS, Duration.ofSeconds(10), new Recorder()));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sync()
            .channel();
  }

  @AfterAll
  static void stop() {
    listener.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @BeforeEach
  void profiles() {
    ESTABLISHED.clear();
    LATER.set(0);
    Map<String, TlsProfile> profiles = new HashMap<>();
    profiles.put("plain", new TlsProfile.Terminate(AUTHORITY.server("plain"), null, ""));
    profiles.put("twin", new TlsProfile.Terminate(AUTHORITY.server("twin"), null, ""));
    profiles.put("must", verified(Mode.REQUIRE));
    profiles.put("may", verified(Mode.REPORT));
    profiles.put("nobody", new TlsProfile.Refuse());
    profiles.put("", new TlsProfile.Terminate(AUTHORITY.server("default"), null, ""));
    TLS.replace(TlsTable.of(profiles));
  }

  private static TlsProfile verified(Mode mode) {
    return new TlsProfile.Terminate(
        AUTHORITY.server("mutual"),
        new ClientVerification(List.of(AUTHORITY.certificate()), 1, mode),
        "");
  }

  @Test
  void http2IsPreferred() throws Exception {
    assertThat(handshake("plain", "http/1.1", "h2").protocol()).isEqualTo("h2");
    assertThat(handshake("plain", "http/1.1").protocol()).isEqualTo("http/1.1");
    assertThat(handshake("plain").protocol()).isEmpty();
  }

  @Test
  void clientOfOtherProtocolsIsRefused() {
    assertThatThrownBy(() -> handshake("plain", "spdy/3"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("no_application_protocol");
  }

  @Test
  void refusedNameIsToldSo() {
    assertThatThrownBy(() -> handshake("nobody"))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("unrecognized_name");
  }

  @Test
  void requiredCertificateLetsItsOwnerIn() throws Exception {
    own = AUTHORITY.client("alice", Instant.now().plusSeconds(3600));
    ClientCertificate client = handshake("must").session().client();
    assertThat(client.result()).isEqualTo(ClientCertificate.Result.SUCCESS);
    assertThat(Objects.requireNonNull(client.leaf()).getSubjectX500Principal().getName())
        .isEqualTo("CN=alice");
  }

  @Test
  void requiredCertificateKeepsOthersOut() {
    assertThatThrownBy(() -> handshake("must")).isInstanceOf(IOException.class);
    own = STRANGER.client("mallory", Instant.now().plusSeconds(3600));
    assertThatThrownBy(() -> handshake("must")).isInstanceOf(IOException.class);
    own = AUTHORITY.client("late", Instant.now().minusSeconds(30));
    assertThatThrownBy(() -> handshake("must")).isInstanceOf(IOException.class);
    assertThat(ESTABLISHED).isEmpty();
  }

  @Test
  void reportedCertificateIsJudgedAndLetIn() throws Exception {
    assertThat(handshake("may").session().client()).isEqualTo(ClientCertificate.NONE);
    own = AUTHORITY.client("alice", Instant.now().plusSeconds(3600));
    assertThat(handshake("may").session().client().result())
        .isEqualTo(ClientCertificate.Result.SUCCESS);
    own = AUTHORITY.client("late", Instant.now().minusSeconds(30));
    assertThat(handshake("may").session().client().problem()).isEqualTo("certificate has expired");
    own = STRANGER.client("mallory", Instant.now().plusSeconds(3600));
    assertThat(handshake("may").session().client().result())
        .isEqualTo(ClientCertificate.Result.FAILED);
  }

  /** The JDK's client asks for the name of the session that it resumes; openssl does as told. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"-tls1_3", "-tls1_2"})
  void sessionIsResumedForItsNameAndNoOther(String version, @TempDir Path folder) throws Exception {
    Path session = folder.resolve("session");
    assertThat(openssl("plain", version, "-sess_out", session.toString())).contains("New, ");
    assertThat(openssl("plain", version, "-sess_in", session.toString())).contains("Reused, ");
    assertThat(openssl("twin", version, "-sess_in", session.toString())).contains("New, ");
    assertThat(openssl("may", version, "-sess_in", session.toString())).contains("New, ");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"-tls1_3", "-tls1_2"})
  void keysOfTicketsAreForgottenAfterTwoHours(String version, @TempDir Path folder)
      throws Exception {
    Path session = folder.resolve("session");
    assertThat(openssl("plain", version, "-sess_out", session.toString())).contains("New, ");
    LATER.addAndGet(3_601);
    assertThat(openssl("plain", version, "-sess_in", session.toString()))
        .as("the former key is still known")
        .contains("Reused, ");
    LATER.addAndGet(3_601);
    openssl("plain", version);
    assertThat(openssl("plain", version, "-sess_in", session.toString())).contains("New, ");
  }

  @Test
  void noRequestIsTakenBeforeTheHandshake(@TempDir Path folder) throws Exception {
    String session = folder.resolve("session").toString();
    assertThat(openssl("plain", "-tls1_3", "-sess_out", session)).contains("New, ");
    Path early = Files.writeString(folder.resolve("early"), "GET / HTTP/1.1\r\n");
    assertThat(openssl("plain", "-tls1_3", "-sess_in", session, "-early_data", early.toString()))
        .contains("Reused, ", "Early data was not sent");
  }

  private Established handshake(String name, String... protocols) throws Exception {
    try (SSLSocket socket = open(context(), name, "TLSv1.3", protocols)) {
      assertThat(socket.getInputStream().read()).isEqualTo('!');
    }
    Established established = ESTABLISHED.poll(20, TimeUnit.SECONDS);
    assertThat(established).isNotNull();
    return established;
  }

  /** What openssl says of a connection that it ends after the first byte of the server. */
  private static String openssl(String name, String... arguments) throws Exception {
    InetSocketAddress address = (InetSocketAddress) listener.localAddress();
    List<String> command =
        new ArrayList<>(
            List.of("openssl", "s_client", "-connect", "127.0.0.1:" + address.getPort()));
    command.addAll(List.of("-servername", name));
    command.addAll(List.of(arguments));
    Process client;
    try {
      client = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException absent) {
      throw new TestAbortedException("openssl is not installed", absent);
    }
    StringBuilder said = new StringBuilder();
    try (Reader out = client.inputReader(StandardCharsets.ISO_8859_1);
        OutputStream in = client.getOutputStream()) {
      for (int c = out.read(); c >= 0; c = out.read()) {
        said.append((char) c);
        if (c == '!') {
          in.close();
        }
      }
      return said.toString();
    } finally {
      client.destroyForcibly().waitFor();
    }
  }

  private SSLContext context() throws Exception {
    return TlsClient.trusting(own == null ? new KeyManager[0] : TestCertificates.keyManagers(own));
  }

  private static SSLSocket open(
      SSLContext context, String name, String protocol, String... protocols) throws IOException {
    return TlsClient.open(
        context,
        (InetSocketAddress) listener.localAddress(),
        name,
        parameters -> {
          parameters.setApplicationProtocols(protocols);
          parameters.setProtocols(new String[] {protocol});
        });
  }

  private static final class Recorder implements TlsHandshake.Outcome {
    @Override
    public void stream(ChannelHandlerContext ctx, List<BackendRef> backends) {
      throw new AssertionError("no stream is expected here");
    }

    @Override
    public void established(ChannelHandlerContext ctx, TlsSession session, String protocol) {
      ESTABLISHED.add(new Established(session, protocol));
      ctx.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[] {'!'}));
      ctx.channel().config().setAutoRead(true);
    }

    @Override
    public void passthrough(ChannelHandlerContext ctx, TlsProfile.Passthrough profile) {
      ctx.close();
    }
  }
}
