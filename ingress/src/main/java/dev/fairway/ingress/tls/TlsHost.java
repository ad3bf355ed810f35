// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One certificate with its way to ask for client certificates, ready for handshakes. Sessions can
 * be resumed within it only, because it encrypts its tickets with keys of its own. Thread-safe.
 */
public final class TlsHost {
  /** The protocols that are offered by ALPN, the preferred one first. */
  static final List<String> PROTOCOLS = List.of("h2", "http/1.1");

  private static final String HTTP3 = "h3";
  private static final int SESSION_SECONDS = 3_600;
  private static final Cleaner CLEANER = Cleaner.create();

  static {
    // BoringSSL refuses renegotiation by itself; where it is missing, the JDK has to be told.
    if (!OpenSsl.isAvailable()
        && System.getProperty("jdk.tls.rejectClientInitiatedRenegotiation") == null) {
      System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }
  }

  private final TlsProfile.Terminate profile;
  private final List<String> protocols;
  private final @Nullable ClientVerifier verifier;
  private final InstantSource clock;
  private final SecureRandom random;
  private final ReentrantLock building = new ReentrantLock();
  private volatile @Nullable SslContext context;
  private volatile @Nullable QuicSslContext quicContext;
  private volatile long keysUntilMillis;
  private @Nullable OpenSslSessionTicketKey currentKey;

  TlsHost(TlsProfile.Terminate profile, InstantSource clock, SecureRandom random) {
    this(profile, PROTOCOLS, clock, random);
  }

  /** A host whose clients agree on no protocol with us, as we do not know it. */
  static TlsHost ofStreams(
      dev.fairway.ingress.tls.Certificate certificate, InstantSource clock, SecureRandom random) {
    return new TlsHost(new TlsProfile.Terminate(certificate, null, ""), List.of(), clock, random);
  }

  private TlsHost(
      TlsProfile.Terminate profile,
      List<String> protocols,
      InstantSource clock,
      SecureRandom random) {
    this.profile = profile;
    this.protocols = protocols;
    this.clock = clock;
    this.random = random;
    ClientVerification clients = profile.clients();
    verifier = clients == null ? null : new ClientVerifier(clients, clock);
  }

  /** What this was made of. */
  public TlsProfile.Terminate profile() {
    return profile;
  }

  /** A handler for one connection. */
  public SslHandler newHandler(ByteBufAllocator allocator) throws SSLException {
    SslContext ready = context;
    if (ready == null || clock.millis() >= keysUntilMillis) {
      ready = prepare();
    }
    try {
      return ready.newHandler(allocator);
    } finally {
      // What is unreachable gives its native context back.
      Reference.reachabilityFence(this);
    }
  }

  /** What QUIC connections are encrypted with, with HTTP/3 as their protocol. */
  QuicSslContext quic() {
    QuicSslContext ready = quicContext;
    if (ready == null) {
      building.lock();
      try {
        ready = quicContext == null ? buildQuic() : quicContext;
        quicContext = ready;
      } finally {
        building.unlock();
      }
    }
    return ready;
  }

  private QuicSslContext buildQuic() {
    QuicSslContextBuilder builder =
        QuicSslContextBuilder.forServer(
                profile.certificate().key(), null, profile.certificate().chain())
            .applicationProtocols(HTTP3)
            .earlyData(false);
    ClientVerification clients = profile.clients();
    if (clients != null && verifier != null) {
      builder.trustManager(verifier).clientAuth(clientAuth(clients));
    }
    return builder.build();
  }

  private static ClientAuth clientAuth(ClientVerification clients) {
    return clients.mode() == ClientVerification.Mode.REQUIRE
        ? ClientAuth.REQUIRE
        : ClientAuth.OPTIONAL;
  }

  /** What a handshake agreed on, once it is complete. */
  public TlsSession session(String serverName, SSLSession session) {
    return new TlsSession(
        serverName, session.getProtocol(), session.getCipherSuite(), judge(session));
  }

  /** Judged for every connection, so that a resumed session is not believed for longer. */
  private ClientCertificate judge(SSLSession session) {
    if (verifier == null) {
      return ClientCertificate.NONE;
    }
    try {
      Certificate[] peer = session.getPeerCertificates();
      X509Certificate[] chain = new X509Certificate[peer.length];
      for (int i = 0; i < peer.length; i++) {
        chain[i] = (X509Certificate) peer[i];
      }
      return verifier.judge(chain);
    } catch (SSLPeerUnverifiedException none) {
      return ClientCertificate.NONE;
    }
  }

  private SslContext prepare() throws SSLException {
    building.lock();
    try {
      SslContext ready = context;
      if (ready == null) {
        ready = build();
        if (ready instanceof io.netty.util.ReferenceCounted counted) {
          CLEANER.register(this, counted::release);
        }
      }
      if (clock.millis() >= keysUntilMillis) {
        rotateKeys(ready);
        keysUntilMillis = clock.millis() + SESSION_SECONDS * 1000L;
      }
      context = ready;
      return ready;
    } finally {
      building.unlock();
    }
  }

  private SslContext build() throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(profile.certificate().key(), profile.certificate().chain())
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
            .protocols(profile.rules().protocols())
            .ciphers(profile.rules().ciphers(), SupportedCipherSuiteFilter.INSTANCE)
            .sessionTimeout(SESSION_SECONDS)
            .applicationProtocolConfig(
                protocols.isEmpty()
                    ? ApplicationProtocolConfig.DISABLED
                    : new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        protocols));
    ClientVerification clients = profile.clients();
    if (clients != null && verifier != null) {
      builder.trustManager(verifier).clientAuth(clientAuth(clients));
    }
    return builder.build();
  }

  /** Tickets of the former key are still read, so that no client notices the change. */
  private void rotateKeys(SslContext of) {
    if (!(of.sessionContext() instanceof OpenSslSessionContext sessions)) {
      return; // the JDK changes its keys itself
    }
    sessions.setSessionCacheEnabled(false); // tickets are enough, and need no memory here
    OpenSslSessionTicketKey former = currentKey;
    OpenSslSessionTicketKey fresh = new OpenSslSessionTicketKey(bytes(), bytes(), bytes());
    currentKey = fresh;
    if (former == null) {
      sessions.setTicketKeys(fresh);
    } else {
      sessions.setTicketKeys(fresh, former);
    }
  }

  private byte[] bytes() {
    byte[] key = new byte[16];
    random.nextBytes(key);
    return key;
  }
}
