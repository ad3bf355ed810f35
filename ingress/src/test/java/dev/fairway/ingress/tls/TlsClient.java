// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** TLS of the JDK, for tests that look at certificates themselves. */
public final class TlsClient {
  private TlsClient() {}

  /** Trusts every server, and shows the certificates of the given keys. */
  public static SSLContext trusting(KeyManager... keys) throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    return context;
  }

  /**
   * A connection whose handshake did not begin yet.
   *
   * @param serverName to ask for, or null for none
   * @param more further settings
   */
  public static SSLSocket open(
      SSLContext context,
      InetSocketAddress address,
      @Nullable String serverName,
      Consumer<SSLParameters> more)
      throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(address.getAddress(), address.getPort());
    socket.setSoTimeout(20_000);
    SSLParameters parameters = socket.getSSLParameters();
    if (serverName != null) {
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
    }
    more.accept(parameters);
    socket.setSSLParameters(parameters);
    return socket;
  }
}
