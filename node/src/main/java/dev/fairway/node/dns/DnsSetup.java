// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.config.DnsConfig;
import dev.fairway.dns.config.KubernetesConfig;
import dev.fairway.dns.server.ServerOptions;
import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.node.kubeproxy.ApiAccess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a daemon's options of a configuration file, and reaches the API server that it names. */
public final class DnsSetup {
  private static final String ZONE = "cluster.local";

  private DnsSetup() {}

  /**
   * The options that a file means.
   *
   * @param listen addresses to listen on in place of the file's; empty for the file's
   */
  public static DnsDaemon.Options options(
      Path file, DnsConfig config, List<InetSocketAddress> listen) {
    DnsConfig.Process process = config.process();
    KubernetesConfig kubernetes = config.kubernetes();
    ZoneOptions zone = kubernetes == null ? ZoneOptions.of(ZONE) : kubernetes.zone();
    ServerOptions server = config.serving().apply(ServerOptions.defaults());
    server = server.withNsid(process.nsid());
    if (process.maxUdpPayload() > 0) {
      server = server.withMaxUdpPayload(process.maxUdpPayload());
    }
    if (process.eventLoops() > 0) {
      server = server.withEventLoops(process.eventLoops());
    }
    List<InetSocketAddress> addresses = listen.isEmpty() ? config.listen() : listen;
    DnsOptions dns =
        DnsOptions.of(addresses.getFirst(), ZONE)
            .withListen(addresses)
            .withZone(zone)
            .withServer(server)
            .withSecure(config.serving().secure())
            .withForward(config.forward())
            .withRules(config.rules());
    DnsConfig.Reload reload = process.reload();
    return new DnsDaemon.Options(
        dns,
        process.health(),
        process.ready(),
        process.metrics(),
        process.lameduck(),
        false,
        kubernetes == null
            ? null
            : new DnsDaemon.Selection(kubernetes.labels(), kubernetes.namespaceLabels()),
        reload == null ? null : new DnsDaemon.Reloading(file, reload, config));
  }

  /**
   * Reaches the API server.
   *
   * @param kubeconfig a file in place of what the configuration names, null for the latter
   * @param config null for none
   * @throws IOException with one line that says what is missing
   */
  public static ApiTransport connect(
      @Nullable Path kubeconfig, @Nullable DnsConfig config, Map<String, String> environment)
      throws IOException {
    KubernetesConfig kubernetes = config == null ? null : config.kubernetes();
    if (config != null && kubernetes == null) {
      return new NoApi();
    }
    if (kubeconfig != null || kubernetes == null) {
      return ApiAccess.connect(kubeconfig, null, environment).transport();
    }
    KubernetesConfig.Api api = kubernetes.api();
    if (api.tls() != null) {
      throw new IOException("tls of the endpoint: give the files in a kubeconfig instead");
    }
    if (!api.endpoint().isEmpty()) {
      return ApiAccess.connect(null, URI.create(api.endpoint()), environment).transport();
    }
    if (!api.kubeconfig().isEmpty()) {
      String context = api.context();
      return KubeConfig.load(List.of(Path.of(api.kubeconfig())), context.isEmpty() ? null : context)
          .transport();
    }
    return ApiAccess.connect(null, null, environment).transport();
  }

  /** For who has no names of a cluster. */
  private record NoApi() implements ApiTransport {
    @Override
    public ApiResponse exchange(ApiRequest request) throws IOException {
      throw new IOException("no API server is to be asked");
    }

    @Override
    public void close() {}
  }
}
