// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.config.ConfigException;
import dev.fairway.dns.config.DnsConfig;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.dns.server.SecureOptions;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.dns.DnsDaemon;
import dev.fairway.node.dns.DnsSetup;
import dev.fairway.node.dns.NodeLocal;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway dns}: the cluster DNS alone. */
@Command(
    name = "dns",
    description = "Run the cluster DNS alone, against any Kubernetes API server.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway dns --kubeconfig ~/.kube/config --listen 127.0.0.1:1053",
      "  fairway dns --kubeconfig kc --listen 10.96.0.10:53 --listen [::1]:53 --upstream 9.9.9.9:53",
      "  fairway dns --config /etc/coredns/Corefile",
      "  fairway dns --listen 0.0.0.0:53 --health 0.0.0.0:8080 --ready 0.0.0.0:8181"
          + " --metrics 0.0.0.0:9153 --lameduck 5s"
    })
final class DnsCommand implements Callable<Integer> {
  private static final String ZONE = "cluster.local";
  private static final int PORT = 53;
  private static final InetSocketAddress LISTEN = new InetSocketAddress("127.0.0.1", 1053);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "How to reach the API server (default: as the pod that it runs in).")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A Corefile, or YAML (*.yaml, *.yml); what it says of zone and upstreams holds, other"
              + " options come before it.")
  private @Nullable Path config;

  @Option(
      names = "--listen",
      paramLabel = "ADDR:PORT",
      description =
          "Where to listen, UDP and TCP; may be given several times (default: as in the"
              + " configuration, without one 127.0.0.1:1053).")
  private List<InetSocketAddress> listen = List.of();

  @Option(
      names = "--node-local",
      paramLabel = "ADDR",
      description =
          "Answer the pods of this node there, at port 53, without DNAT and connection tracking:"
              + " the address of kube-dns, or one such as 169.254.20.10. May be given several"
              + " times. Needs root, nft and ip.")
  private List<IpAddress> nodeLocal = List.of();

  @Option(
      names = "--listen-early",
      description =
          "Listen before the cluster is known: its names are SERVFAIL until then, others are"
              + " answered.")
  private boolean listenEarly;

  @Option(
      names = "--share-address",
      description =
          "Let another one of the same user listen at the same addresses: it takes new clients"
              + " over, for a restart without a gap.")
  private boolean shareAddress;

  @Option(
      names = "--zone",
      paramLabel = "NAME",
      description = "The cluster domain (default: " + ZONE + "); not with --config.")
  private @Nullable String zone;

  @Option(
      names = "--upstream",
      paramLabel = "ADDR:PORT",
      description =
          "Where other names are looked up; may be given several times"
              + " (default: the servers of /etc/resolv.conf); not with --config.")
  private List<InetSocketAddress> upstreams = List.of();

  @Option(
      names = "--state-file",
      paramLabel = "FILE",
      description =
          "Keep what is known of the cluster there, and answer from it after a start until the API"
              + " server is heard (default: none).")
  private @Nullable Path stateFile;

  @Option(
      names = "--health",
      paramLabel = "ADDR:PORT",
      description = "Where GET /health says that the process lives (default: nowhere).")
  private @Nullable InetSocketAddress health;

  @Option(
      names = "--ready",
      paramLabel = "ADDR:PORT",
      description = "Where GET /ready says that cluster names are answered (default: nowhere).")
  private @Nullable InetSocketAddress ready;

  @Option(
      names = "--metrics",
      paramLabel = "ADDR:PORT",
      description = "Where GET /metrics is, with CoreDNS's names (default: nowhere).")
  private @Nullable InetSocketAddress metrics;

  @Option(
      names = "--lameduck",
      paramLabel = "DURATION",
      converter = Converters.NotNegativeDuration.class,
      description =
          "For how long names are answered, but /ready is not, after SIGTERM (default: 0).")
  private @Nullable Duration lameduck;

  @Mixin private SecureDnsOptions secure = new SecureDnsOptions();

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    DnsConfig read = config == null ? null : read(config);
    DnsDaemon.Options options =
        override(read == null ? plain() : DnsSetup.options(file(), read, asked()));
    ApiTransport transport = connect(read);
    NodeLocal local = nodeLocal();
    DnsDaemon daemon;
    try {
      daemon = DnsDaemon.start(options, transport);
    } catch (IOException e) {
      transport.close();
      local.close();
      throw new EnvironmentException(Causes.text(e), e);
    }
    ForegroundRun run =
        new ForegroundRun(
            () -> {
              daemon.close();
              local.close();
            },
            Progress.NONE);
    try {
      if (daemon.awaitListening()) {
        String name = options.dns().zone().zone();
        out.println("DNS for " + name + " on " + daemon.addresses() + ", Ctrl-C stops it");
        out.flush();
      }
    } catch (IOException e) {
      throw new EnvironmentException(Causes.text(e), e);
    }
    run.await();
    return Main.OK;
  }

  /** Where the command line asks to listen. */
  private List<InetSocketAddress> asked() {
    List<InetSocketAddress> all = new ArrayList<>();
    nodeLocal.forEach(address -> all.add(new InetSocketAddress(address.toString(), PORT)));
    all.addAll(listen);
    return all;
  }

  /** Before anything listens there. */
  private NodeLocal nodeLocal() throws EnvironmentException, InterruptedException {
    try {
      return nodeLocal.isEmpty()
          ? NodeLocal.NONE
          : NodeLocal.setUp(nodeLocal, NodeLocal.ofMachine());
    } catch (IOException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }

  private Path file() {
    return Objects.requireNonNull(config);
  }

  private DnsConfig read(Path file) throws EnvironmentException {
    if (zone != null || !upstreams.isEmpty()) {
      String option = zone != null ? "--zone" : "--upstream";
      throw ClusterOptions.usage(spec, option + " does not go with --config, which says it itself");
    }
    try {
      DnsConfig read = DnsConfig.load(file);
      read.warnings().forEach(line -> spec.commandLine().getErr().println(line));
      spec.commandLine().getErr().flush();
      return read;
    } catch (IOException e) {
      throw new EnvironmentException("--config " + file + " cannot be read: " + Causes.text(e), e);
    } catch (ConfigException e) {
      throw new EnvironmentException(
          "--config " + file + " cannot be used:\n" + String.join("\n", e.problems()), e);
    }
  }

  /** What is served without a configuration. */
  private DnsDaemon.Options plain() {
    List<InetSocketAddress> addresses = asked().isEmpty() ? List.of(LISTEN) : asked();
    String name = zone == null ? ZONE : zone;
    DnsOptions dns;
    try {
      dns = DnsOptions.of(addresses.getFirst(), name).withListen(addresses);
    } catch (IllegalArgumentException e) {
      throw ClusterOptions.usage(spec, "--zone '" + name + "': " + e.getMessage());
    }
    return DnsDaemon.Options.of(
        upstreams.isEmpty()
            ? dns.withSystemUpstreams()
            : dns.withForward(ForwardOptions.to(upstreams)));
  }

  /** What the command line says comes before what the file says. */
  private DnsDaemon.Options override(DnsDaemon.Options options) {
    DnsOptions dns =
        options
            .dns()
            .withStateFile(stateFile)
            .withServer(options.dns().server().withSharedAddress(shareAddress));
    SecureOptions encrypted = secure.options(spec);
    DnsDaemon.Options changed =
        options
            .withPages(
                health == null ? options.health() : health,
                ready == null ? options.ready() : ready,
                metrics == null ? options.metrics() : metrics)
            .withListenEarly(listenEarly)
            .withDns(encrypted == null ? dns : dns.withSecure(encrypted));
    return lameduck == null ? changed : changed.withLameduck(lameduck);
  }

  private ApiTransport connect(@Nullable DnsConfig read) throws EnvironmentException {
    try {
      return DnsSetup.connect(kubeconfig, read, System.getenv());
    } catch (IOException e) {
      throw new EnvironmentException(
          kubeconfig == null
              ? "no --kubeconfig and no pod to run in: " + Causes.text(e)
              : "kubeconfig " + kubeconfig + " cannot be used: " + Causes.text(e),
          e);
    }
  }
}
