// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.listener.MinBodyRate;
import dev.fairway.ingress.metrics.MetricsOptions;
import dev.fairway.ingress.upstream.Transport;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.dns.DnsSetup;
import dev.fairway.node.ingress.DaemonOptions;
import dev.fairway.node.ingress.IngressDaemon;
import dev.fairway.service.IpPrefix;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code fairway ingress}: the gateway alone. */
@Command(
    name = "ingress",
    subcommands = IngressLintCommand.class,
    description = "Run the ingress gateway alone, against any Kubernetes API server.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway ingress --kubeconfig ~/.kube/config --bind 127.0.0.1 --http-port 8080"
          + " --https-port 8443",
      "  fairway ingress --kubeconfig kc --ingress-class nginx     take over ingress-nginx's",
      "  fairway ingress lint -f manifests/                      what would become of manifests",
      "  fairway ingress --publish-service ingress/gateway --access-log -     within a pod"
    })
final class IngressCommand implements Callable<Integer> {
  private static final int HEALTHZ_PORT = 10254;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "How to reach the API server (default: as the pod that it runs in).")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--bind",
      paramLabel = "ADDR",
      defaultValue = "0.0.0.0",
      description = "Where to listen (default: ${DEFAULT-VALUE}).")
  private String bind = "0.0.0.0";

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "80",
      converter = Converters.Port.class,
      description = "HTTP port; 0 = any free port (default: ${DEFAULT-VALUE}).")
  private int httpPort;

  @Option(
      names = "--https-port",
      paramLabel = "PORT",
      defaultValue = "443",
      converter = Converters.Port.class,
      description = "HTTPS port; 0 = any free port (default: ${DEFAULT-VALUE}).")
  private int httpsPort;

  @Option(
      names = "--address-pool",
      paramLabel = "CIDR",
      converter = Converters.Prefix.class,
      description = "Range that Gateways take their addresses from; without it they get none.")
  private @Nullable IpPrefix addressPool;

  @Option(
      names = "--trusted-proxies",
      paramLabel = "CIDR",
      split = ",",
      converter = Converters.Prefix.class,
      description = "Clients whose X-Forwarded fields are believed (default: none).")
  private List<IpPrefix> trustedProxies = List.of();

  @Option(
      names = "--proxy-protocol-from",
      paramLabel = "CIDR",
      split = ",",
      converter = Converters.Prefix.class,
      description =
          "Load balancers that begin each connection with a header of the PROXY protocol (default:"
              + " none).")
  private List<IpPrefix> proxyProtocolFrom = List.of();

  @Option(
      names = "--max-connections-per-client",
      paramLabel = "N",
      converter = Converters.Connections.class,
      description = "How many connections one address may have; 0 = any number (default: 0).")
  private int connectionsPerClient;

  @Option(
      names = "--min-body-rate",
      paramLabel = "BYTES",
      converter = Converters.BytesPerSecond.class,
      description =
          "Bytes per second that the body of a request must bring over 10 s, else 408; 0 = any"
              + " (default: 0).")
  private long minBodyRate;

  @Option(
      names = "--healthz-port",
      paramLabel = "PORT",
      converter = Converters.Port.class,
      description =
          "Where /healthz, /livez, /readyz and /metrics are; 0 = any free port (default: "
              + HEALTHZ_PORT
              + " where that is free).")
  private @Nullable Integer healthzPort;

  @Option(
      names = "--transport",
      paramLabel = "auto|io_uring|epoll|nio",
      defaultValue = "auto",
      converter = TransportConverter.class,
      description = "How sockets are served; auto takes the first that the kernel allows.")
  private Transport transport = Transport.best();

  @Option(
      names = "--healthz-host",
      paramLabel = "ADDR",
      description = "The address of the health port (default: that of --bind).")
  private @Nullable String healthzHost;

  @Option(
      names = "--metrics-per-host",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "true",
      paramLabel = "true|false",
      description = "Whether metrics tell the hosts of rules apart (default: ${DEFAULT-VALUE}).")
  private boolean metricsPerHost = true;

  @Option(
      names = "--metrics-nginx-names",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Tell metrics by the names of ingress-nginx, too, for its dashboards.")
  private boolean nginxNames;

  @Option(
      names = "--shutdown-grace-period",
      paramLabel = "SECONDS|DURATION",
      defaultValue = "0",
      converter = SecondsOrDuration.class,
      description =
          "How long requests are still served, but /readyz is not, after SIGTERM"
              + " (default: ${DEFAULT-VALUE}).")
  private Duration shutdownGrace = Duration.ZERO;

  @Mixin private IngressClassOptions classes = new IngressClassOptions();
  @Mixin private IngressScopeOptions scope = new IngressScopeOptions();
  @Mixin private IngressStatusOptions status = new IngressStatusOptions();
  @Mixin private IngressWebhookOptions webhook = new IngressWebhookOptions();
  @Mixin private AccessLogFlags accessLog = new AccessLogFlags();
  @Mixin private TracingFlags tracing = new TracingFlags();

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    DaemonOptions options = options(System.getenv());
    ApiTransport transport = connect();
    IngressDaemon daemon;
    try {
      daemon = IngressDaemon.start(options, transport);
    } catch (IOException e) {
      transport.close();
      throw new EnvironmentException(Causes.text(e), e);
    }
    ForegroundRun run = new ForegroundRun(daemon, Progress.NONE);
    InetSocketAddress pages = daemon.pagesAddress();
    out.println(
        "ingress gateway on "
            + daemon.gateway().httpAddress()
            + " (HTTP) and "
            + daemon.gateway().httpsAddress()
            + " (HTTPS), "
            + (pages == null ? "" : "health and metrics on " + pages + ", ")
            + "Ctrl-C stops it");
    out.flush();
    run.await();
    return Main.OK;
  }

  private DaemonOptions options(Map<String, String> environment) {
    MetricsOptions metrics =
        new MetricsOptions(
            metricsPerHost,
            nginxNames,
            classes.controller(),
            environment.getOrDefault("POD_NAMESPACE", ""),
            environment.getOrDefault("POD_NAME", ""),
            MetricsOptions.DEFAULT.maxSeries());
    IngressOptions gateway =
        IngressOptions.of(bind, httpPort, httpsPort)
            .withTranslator(classes.translator().withDefaultCertificate(scope.defaultCertificate()))
            .withStatusAddresses(List.of())
            .withTrustedProxies(trustedProxies)
            .withProxyProtocolFrom(proxyProtocolFrom)
            .withConnectionsPerClient(connectionsPerClient)
            .withMinBodyRate(MinBodyRate.of(minBodyRate))
            .withExternalNames(scope.externalNames())
            .withMetrics(metrics)
            .withTransport(transport)
            .withTracing(tracing.tracing(spec, environment));
    String host = healthzHost == null ? bind : healthzHost;
    int port = healthzPort == null ? HEALTHZ_PORT : healthzPort;
    return new DaemonOptions(
        gateway,
        scope.scope(),
        status.status(environment),
        new InetSocketAddress(host, port),
        healthzPort != null,
        accessLog.log(),
        webhook.webhook(spec),
        shutdownGrace,
        addressPool);
  }

  private ApiTransport connect() throws EnvironmentException {
    try {
      return DnsSetup.connect(kubeconfig, null, System.getenv());
    } catch (IOException e) {
      throw new EnvironmentException(
          kubeconfig == null
              ? "no --kubeconfig and no pod to run in: " + Causes.text(e)
              : "kubeconfig " + kubeconfig + " cannot be used: " + Causes.text(e),
          e);
    }
  }

  /** The name of a transport that this machine has. */
  static final class TransportConverter implements ITypeConverter<Transport> {
    @Override
    public Transport convert(String text) {
      if (text.equals("auto")) {
        return Transport.best();
      }
      for (Transport transport : Transport.values()) {
        if (transport.name().toLowerCase(Locale.ROOT).equals(text)) {
          if (!transport.isAvailable()) {
            throw new TypeConversionException("'" + text + "' is not available on this machine");
          }
          return transport;
        }
      }
      throw new TypeConversionException("'" + text + "' is none of auto, io_uring, epoll and nio");
    }
  }

  /** A duration; a bare number is seconds, as ingress-nginx has it. */
  static final class SecondsOrDuration implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return new Converters.NotNegativeDuration()
          .convert(text.matches("[0-9]{1,6}") ? text + "s" : text);
    }
  }
}
