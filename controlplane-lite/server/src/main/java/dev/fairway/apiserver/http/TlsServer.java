// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import java.io.IOException;
import java.net.BindException;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.WindowRateControl;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Jetty with TLS, HTTP/2 and HTTP/1.1 by ALPN, client certificates asked for but not demanded. A
 * few platform threads move bytes, each request runs on a virtual thread.
 */
public final class TlsServer implements AutoCloseable {
  private static final int MAX_STREAMS = 1_000;
  private static final int MAX_FRAMES_PER_SECOND = 5_000;
  private static final int HEADER_BYTES = 64 << 10;

  /** Longer than the bookmark interval of watches, so that only dead connections are closed. */
  private static final long IDLE_MS = 5 * 60_000;

  private static final long STOP_MS = 500;

  private final Server server;
  private final ServerConnector connector;

  private TlsServer(Server server, ServerConnector connector) {
    this.server = server;
    this.connector = connector;
  }

  /**
   * Starts to listen.
   *
   * @param tls what the server shows, and whose client certificates count
   * @param port 0 for any free port
   * @throws IOException if the address cannot be bound; one line
   */
  public static TlsServer start(SSLContext tls, String bindAddress, int port, ApiHandler handler)
      throws IOException {
    QueuedThreadPool threads = new QueuedThreadPool(16, 2);
    threads.setName("fairway-api");
    threads.setDaemon(true);
    threads.setReservedThreads(0);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("api-", 0).factory()));
    Server server = new Server(threads);
    server.setStopTimeout(STOP_MS);
    HttpConfiguration http = httpConfiguration();
    HttpConnectionFactory http1 = new HttpConnectionFactory(http);
    HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(http);
    http2.setMaxConcurrentStreams(MAX_STREAMS);
    http2.setRateControlFactory(new WindowRateControl.Factory(MAX_FRAMES_PER_SECOND));
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
    alpn.setDefaultProtocol(http1.getProtocol());
    SslConnectionFactory ssl = new SslConnectionFactory(sslFactory(tls), alpn.getProtocol());
    ServerConnector connector = new ServerConnector(server, 1, 1, ssl, alpn, http2, http1);
    connector.setHost(bindAddress);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE_MS);
    connector.setReuseAddress(true);
    server.addConnector(connector);
    server.setHandler(new JettyHandler(handler));
    try {
      server.start();
    } catch (Exception e) {
      stopQuietly(server);
      throw new IOException(startProblem(bindAddress, port, e), e);
    }
    return new TlsServer(server, connector);
  }

  private static String startProblem(String bindAddress, int port, Exception e) {
    Throwable cause = e;
    while (cause != null && !(cause instanceof BindException)) {
      cause = cause.getCause();
    }
    String why = String.valueOf((cause == null ? e : cause).getMessage());
    return "API server cannot listen on " + bindAddress + ":" + port + ": " + why;
  }

  private static HttpConfiguration httpConfiguration() {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(HEADER_BYTES);
    http.addCustomizer(new SecureRequestCustomizer(false));
    return http;
  }

  private static SslContextFactory.Server sslFactory(SSLContext tls) {
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setSslContext(tls);
    ssl.setWantClientAuth(true);
    ssl.setSniRequired(false);
    ssl.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    ssl.setEndpointIdentificationAlgorithm(null);
    return ssl;
  }

  /** The port that is listened on. */
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    stopQuietly(server);
  }

  private static void stopQuietly(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      System.getLogger(TlsServer.class.getName())
          .log(System.Logger.Level.DEBUG, "stopping the listener: {0}", e.getMessage());
    }
  }
}
