// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.kube.x509.Pem;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;

/** TLS to endpoints; what is configured alike shares one context. Thread-safe. */
public final class ClientTls {
  /** Above this, contexts are made anew: configurations come and go. */
  private static final int MAX_CONTEXTS = 1_024;

  private record Key(BackendTls tls, BackendProtocol protocol) {}

  private final Map<Key, SslContext> contexts = new ConcurrentHashMap<>();

  /** A handler for one connection. */
  public SslHandler newHandler(
      BackendTls tls, BackendProtocol protocol, Channel channel, int timeoutMillis)
      throws SSLException {
    Key key = new Key(tls, protocol);
    SslContext context = contexts.get(key);
    if (context == null) {
      if (contexts.size() >= MAX_CONTEXTS) {
        contexts.clear();
      }
      context = build(tls, protocol);
      contexts.put(key, context);
    }
    SslHandler handler =
        tls.serverName().isEmpty()
            ? context.newHandler(channel.alloc())
            : context.newHandler(channel.alloc(), tls.serverName(), 443);
    handler.setHandshakeTimeoutMillis(timeoutMillis);
    return handler;
  }

  private static SslContext build(BackendTls tls, BackendProtocol protocol) throws SSLException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .endpointIdentificationAlgorithm(null) // the trust manager looks at the names
              .trustManager(EndpointVerifier.of(tls));
      BackendTls.ClientKey client = tls.client();
      if (client != null) {
        PrivateKey key = Pem.privateKey(client.key());
        List<X509Certificate> chain = Pem.chain(client.certificates());
        builder.keyManager(key, chain);
      }
      if (protocol == BackendProtocol.HTTP2) {
        builder.applicationProtocolConfig(
            new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2));
      }
      return builder.build();
    } catch (GeneralSecurityException unusable) {
      throw new SSLException("certificates for the backend cannot be used", unusable);
    }
  }
}
