// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver;

import dev.fairway.apiserver.http.ApiHandler;
import dev.fairway.apiserver.http.ApiParts;
import dev.fairway.apiserver.http.LocalTransport;
import dev.fairway.apiserver.http.NodeLogs;
import dev.fairway.apiserver.http.TlsServer;
import dev.fairway.apiserver.http.User;
import dev.fairway.apiserver.pki.ClusterCa;
import dev.fairway.apiserver.pki.Credential;
import dev.fairway.apiserver.pki.Kubeconfig;
import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.ObjectWriter;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.ObjectStore;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.x509.KeyIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** A Kubernetes API server in this process: store, certificates, listener. Thread-safe. */
public final class ApiServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ApiServer.class.getName());

  private final ObjectStore store;
  private final ObjectRegistry registry;
  private final ClusterCa ca;
  private final ApiHandler handler;
  private final NodeLogs logs;
  private final TlsServer listener;

  private ApiServer(
      ObjectStore store,
      ObjectRegistry registry,
      ClusterCa ca,
      ApiHandler handler,
      NodeLogs logs,
      TlsServer listener) {
    this.store = store;
    this.registry = registry;
    this.ca = ca;
    this.handler = handler;
    this.logs = logs;
    this.listener = listener;
  }

  /**
   * Starts a server that is ready when this returns.
   *
   * @throws IOException if the state directory is in use or damaged, or the port is taken; the
   *     message is one line for a person
   */
  public static ApiServer start(ApiServerConfig config) throws IOException {
    return start(config, () -> ServedApi.standard(config));
  }

  static ApiServer start(ApiServerConfig config, Supplier<ServedApi> kinds) throws IOException {
    Clock clock = Clock.systemUTC();
    CompletableFuture<ClusterCa> authority =
        CompletableFuture.supplyAsync(() -> openCa(config.stateDir().resolve("pki"), clock));
    String serviceIp = ServiceAddress.first(config.serviceCidrs().getFirst());
    CompletableFuture<SSLContext> tls = authority.thenApply(ca -> serving(ca, config, serviceIp));
    ObjectStore store = ObjectStore.open(config.stateDir().resolve("store").resolve("cluster.mv"));
    try {
      return assemble(config, kinds.get(), clock, store, authority, tls, serviceIp);
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    } catch (StatusException e) {
      store.close();
      throw new IOException("system objects cannot be created: " + e.text(), e);
    }
  }

  private static ApiServer assemble(
      ApiServerConfig config,
      ServedApi api,
      Clock clock,
      ObjectStore store,
      CompletableFuture<ClusterCa> authority,
      CompletableFuture<SSLContext> tls,
      String serviceIp)
      throws IOException, StatusException {
    ObjectRegistry registry = new ObjectRegistry(store, api.resources());
    SecureRandom random = new SecureRandom();
    ObjectWriter writer =
        new ObjectWriter(registry, api.admissions(), clock, UUID::randomUUID, random);
    NodeLogs logs = new NodeLogs(() -> nodeClient(await(authority)));
    boolean[] ready = {false};
    ApiHandler handler =
        new ApiHandler(
            new ApiParts(
                registry,
                writer,
                api.patcher(),
                api.schemas(),
                new ApiParts.Environment(clock, System::nanoTime, random),
                config.bindAddress() + ":" + config.port(),
                config.maxWatches(),
                logs),
            config.maxRequests(),
            () -> ready[0]);
    TlsServer listener = TlsServer.start(await(tls), config.bindAddress(), config.port(), handler);
    try {
      new Bootstrap(registry, writer)
          .run(advertised(config.bindAddress()), listener.port(), serviceIp);
    } catch (StatusException | RuntimeException e) {
      listener.close();
      throw e;
    }
    ready[0] = true;
    LOG.log(
        System.Logger.Level.INFO,
        "API server is ready address={0} port={1,number,#} revision={2,number,#}",
        config.bindAddress(),
        listener.port(),
        store.revision());
    return new ApiServer(store, registry, await(authority), handler, logs, listener);
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof java.io.UncheckedIOException io) {
        throw io;
      }
      throw e;
    }
  }

  private static ClusterCa openCa(Path directory, Clock clock) {
    try {
      return ClusterCa.open(directory, clock);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static SSLContext serving(ClusterCa ca, ApiServerConfig config, String serviceIp) {
    Set<String> sans =
        new LinkedHashSet<>(
            List.of(
                "127.0.0.1",
                "::1",
                "localhost",
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
                serviceIp));
    if (!isWildcard(config.bindAddress())) {
      sans.add(config.bindAddress());
    }
    sans.addAll(config.serverSans());
    try {
      Credential serving = ca.kept("apiserver", "kube-apiserver", List.of(), new ArrayList<>(sans));
      return identity(serving, ca);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("TLS server cannot be made", e);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static SSLContext identity(Credential own, ClusterCa ca) throws GeneralSecurityException {
    return new KeyIdentity(own.key(), List.of(own.certificate())).contextTrusting(ca.certificate());
  }

  private static boolean isWildcard(String address) {
    return address.equals("0.0.0.0") || address.equals("::");
  }

  /** Where pods reach a server that listens everywhere. */
  private static String advertised(String bindAddress) {
    if (!isWildcard(bindAddress)) {
      return bindAddress;
    }
    try {
      return InetAddress.getLocalHost().getHostAddress();
    } catch (UnknownHostException _) {
      return "127.0.0.1";
    }
  }

  private static SSLContext nodeClient(ClusterCa ca) {
    try {
      Credential client =
          ca.kept(
              "apiserver-kubelet-client",
              "kube-apiserver-kubelet-client",
              List.of("system:masters"),
              List.of());
      return identity(client, ca);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("TLS client for nodes cannot be made", e);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The port that is listened on. */
  public int port() {
    return listener.port();
  }

  /**
   * Requests from within this process, without TLS and sockets.
   *
   * @param user as in a client certificate's common name
   * @param groups as in its organizations
   */
  public ApiTransport localTransport(String user, List<String> groups) {
    return new LocalTransport(handler, new User(user, groups));
  }

  /** The cluster's certificate authority. */
  public ClusterCa ca() {
    return ca;
  }

  /**
   * Writes a kubeconfig with the user's client certificate, which is kept and valid for a year.
   *
   * @param serverUrl such as https://127.0.0.1:6443
   */
  public void writeKubeconfig(Path file, String user, List<String> groups, String serverUrl)
      throws IOException {
    String name = "client-" + user.replaceAll("[^A-Za-z0-9.-]", "-");
    Credential credential = ca.kept(name, user, groups, List.of());
    Kubeconfig.write(file, "fairway", serverUrl, ca.certificatePem(), credential);
  }

  /** Ends watches, stops to listen, closes the store. */
  @Override
  public void close() {
    registry.close();
    listener.close();
    logs.close();
    store.close();
  }
}
