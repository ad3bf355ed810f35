// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import dev.fairway.ingress.route.BackendRef;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.2 and 1.3 of one listening socket: who answers is decided by the name that the client asks
 * for, from a table that can be replaced at any time without touching open connections. Profiles
 * that stay the same keep their sessions. Thread-safe.
 */
public final class ServerTls {
  /** What becomes of a handshake. */
  public sealed interface Choice {
    /** The gateway ends TLS itself. */
    record Terminate(TlsHost host) implements Choice {}

    /** The gateway does, and what is inside goes to one of the backends. */
    record TerminateStream(TlsHost host, List<BackendRef> backends) implements Choice {}

    /** A backend does. */
    record Passthrough(TlsProfile.Passthrough profile) implements Choice {}

    /** Nobody does, and nobody says so. */
    record Drop() implements Choice {}

    /** Nobody does. */
    record Refuse() implements Choice {}
  }

  private record State(TlsTable table, TlsRules rules, Map<TlsProfile, Choice> choices) {}

  private final Supplier<Certificate> fallbackCertificate;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private volatile State state = new State(TlsTable.empty(), TlsRules.DEFAULT, Map.of());
  private volatile @Nullable TlsHost fallback;

  /**
   * @param fallback for clients that ask for no name or an unknown one
   */
  public ServerTls(Supplier<Certificate> fallback) {
    this(fallback, InstantSource.system());
  }

  /**
   * @param fallback for clients that ask for no name or an unknown one
   * @param clock judges the validity of client certificates and the age of ticket keys
   */
  public ServerTls(Supplier<Certificate> fallback, InstantSource clock) {
    fallbackCertificate = fallback;
    this.clock = clock;
  }

  /** Whether the gateway speaks the protocol, as ALPN names it, over TLS. */
  public static boolean offers(List<String> protocols) {
    for (String protocol : protocols) {
      if (TlsHost.PROTOCOLS.contains(protocol)) {
        return true;
      }
    }
    return protocols.isEmpty();
  }

  /** Replaces the certificates for the handshakes that begin from now on. */
  public void replace(CertificateIndex certificates) {
    Map<String, TlsProfile> profiles = new HashMap<>();
    certificates
        .byHost()
        .forEach((host, certificate) ->
            profiles.put(host, new TlsProfile.Terminate(certificate, null, "")));
    replace(TlsTable.of(profiles));
  }

  /** Replaces everything for the handshakes that begin from now on. One thread at a time. */
  public void replace(TlsTable table) {
    replace(table, TlsRules.DEFAULT);
  }

  /**
   * Replaces everything for the handshakes that begin from now on. One thread at a time.
   *
   * @param rules of the default certificate
   */
  public void replace(TlsTable table, TlsRules rules) {
    State before = state;
    if (before.table.equals(table) && before.rules.equals(rules)) {
      return;
    }
    Map<TlsProfile, Choice> choices = new HashMap<>();
    for (TlsProfile profile : table.profiles()) {
      Choice kept = before.choices.get(profile);
      Choice choice = kept == null ? choice(profile) : kept;
      if (choice != null) {
        choices.put(profile, choice);
      }
    }
    state = new State(table, rules, Map.copyOf(choices));
  }

  /**
   * Who answers a handshake.
   *
   * @param serverName lower case, or "" where the client names none
   */
  public Choice choose(String serverName) {
    State current = state;
    TlsProfile profile = current.table.find(serverName);
    Choice choice = profile == null ? null : current.choices.get(profile);
    return choice == null ? new Choice.Terminate(fallback()) : choice;
  }

  /**
   * Encryption of QUIC, by the same table: names that are refused have no context, which ends their
   * handshake. What a backend ends gets the default certificate.
   */
  public QuicSslContext quic() {
    return QuicSslContextBuilder.buildForServerWithSni(name -> {
      Choice choice = choose(name == null ? "" : name.toLowerCase(Locale.ROOT));
      return switch (choice) {
        case Choice.Terminate terminate -> terminate.host().quic();
        case Choice.Refuse _, Choice.Drop _ -> null;
        case Choice.TerminateStream _, Choice.Passthrough _ -> fallback().quic();
      };
    });
  }

  /** What the handshake of a QUIC connection agreed on. */
  public TlsSession quicSession(SSLEngine engine) {
    String name = "";
    if (engine.getSession() instanceof ExtendedSSLSession session) {
      for (SNIServerName asked : session.getRequestedServerNames()) {
        if (asked instanceof SNIHostName host) {
          name = host.getAsciiName().toLowerCase(Locale.ROOT);
        }
      }
    }
    return quicHost(name).session(name, engine.getSession());
  }

  private TlsHost quicHost(String name) {
    return choose(name) instanceof Choice.Terminate terminate ? terminate.host() : fallback();
  }

  /**
   * Whether a request must be answered with 421: its host has another policy than the name that its
   * connection was opened for.
   *
   * @param serverName the name asked for in the handshake, or ""
   * @param host the request's host, lower case, without port
   */
  public boolean misdirects(String serverName, String host) {
    if (serverName.equals(host)) {
      return false;
    }
    TlsTable table = state.table;
    TlsProfile wanted = table.find(host);
    return wanted != null
        && !(wanted instanceof TlsProfile.Default)
        && !samePolicy(table.find(serverName), wanted);
  }

  private static boolean samePolicy(@Nullable TlsProfile has, TlsProfile wants) {
    if (!(wants instanceof TlsProfile.Terminate wanted)) {
      return false;
    }
    if (has == null || has instanceof TlsProfile.Default) {
      return wanted.clients() == null && wanted.group().isEmpty();
    }
    return has instanceof TlsProfile.Terminate given
        && given.group().equals(wanted.group())
        && Objects.equals(given.clients(), wanted.clients());
  }

  /** What becomes of a handshake, or null for the default certificate, which may be replaced. */
  private @Nullable Choice choice(TlsProfile profile) {
    return switch (profile) {
      case TlsProfile.Default _ -> null;
      case TlsProfile.Terminate terminate ->
          new Choice.Terminate(new TlsHost(terminate, clock, random));
      case TlsProfile.TerminateStream stream ->
          new Choice.TerminateStream(
              TlsHost.ofStreams(stream.certificate(), clock, random), stream.backends());
      case TlsProfile.Passthrough passthrough -> new Choice.Passthrough(passthrough);
      case TlsProfile.Drop _ -> new Choice.Drop();
      case TlsProfile.Refuse _ -> new Choice.Refuse();
    };
  }

  private TlsHost fallback() {
    TlsHost known = fallback;
    TlsProfile.Terminate now =
        new TlsProfile.Terminate(fallbackCertificate.get(), null, "", state.rules);
    if (known == null || !known.profile().equals(now)) {
      known = new TlsHost(now, clock, random);
      fallback = known;
    }
    return known;
  }
}
