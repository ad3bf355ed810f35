// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.dns.DnsDaemon;
import dev.fairway.node.kubeproxy.ApiAccess;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
      "  fairway dns --listen 0.0.0.0:53 --health 0.0.0.0:8080 --ready 0.0.0.0:8181"
          + " --metrics 0.0.0.0:9153 --lameduck 5s"
    })
final class DnsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "How to reach the API server (default: as the pod that it runs in).")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--listen",
      paramLabel = "ADDR:PORT",
      defaultValue = "127.0.0.1:1053",
      converter = Converters.Socket.class,
      description =
          "Where to listen, UDP and TCP; may be given several times"
              + " (default: ${DEFAULT-VALUE}).")
  private List<InetSocketAddress> listen = List.of();

  @Option(
      names = "--listen-early",
      description =
          "Listen before the cluster is known: its names are SERVFAIL until then, others are"
              + " answered.")
  private boolean listenEarly;

  @Option(
      names = "--zone",
      paramLabel = "NAME",
      defaultValue = "cluster.local",
      description = "The cluster domain (default: ${DEFAULT-VALUE}).")
  private String zone = "cluster.local";

  @Option(
      names = "--upstream",
      paramLabel = "ADDR:PORT",
      converter = Converters.Socket.class,
      description =
          "Where other names are looked up; may be given several times"
              + " (default: the servers of /etc/resolv.conf).")
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
      converter = Converters.Socket.class,
      description = "Where GET /health says that the process lives (default: nowhere).")
  private @Nullable InetSocketAddress health;

  @Option(
      names = "--ready",
      paramLabel = "ADDR:PORT",
      converter = Converters.Socket.class,
      description = "Where GET /ready says that cluster names are answered (default: nowhere).")
  private @Nullable InetSocketAddress ready;

  @Option(
      names = "--metrics",
      paramLabel = "ADDR:PORT",
      converter = Converters.Socket.class,
      description = "Where GET /metrics is, with CoreDNS's names (default: nowhere).")
  private @Nullable InetSocketAddress metrics;

  @Option(
      names = "--lameduck",
      paramLabel = "DURATION",
      defaultValue = "0",
      converter = Converters.NotNegativeDuration.class,
      description =
          "For how long names are answered, but /ready is not, after SIGTERM"
              + " (default: ${DEFAULT-VALUE}).")
  private Duration lameduck = Duration.ZERO;

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    DnsDaemon.Options options = options();
    ApiAccess api = connect();
    DnsDaemon daemon;
    try {
      daemon = DnsDaemon.start(options, api.transport());
    } catch (IOException e) {
      api.transport().close();
      throw new EnvironmentException(Causes.text(e), e);
    }
    ForegroundRun run = new ForegroundRun(daemon, Progress.NONE);
    try {
      if (daemon.awaitListening()) {
        out.println("DNS for " + zone + " on " + daemon.addresses() + ", Ctrl-C stops it");
        out.flush();
      }
    } catch (IOException e) {
      throw new EnvironmentException(Causes.text(e), e);
    }
    run.await();
    return Main.OK;
  }

  private DnsDaemon.Options options() {
    DnsOptions dns;
    try {
      dns = DnsOptions.of(listen.getFirst(), zone).withListen(listen);
    } catch (IllegalArgumentException e) {
      throw ClusterOptions.usage(spec, "--zone '" + zone + "': " + e.getMessage());
    }
    dns =
        upstreams.isEmpty()
            ? dns.withSystemUpstreams()
            : dns.withForward(ForwardOptions.to(upstreams));
    dns = dns.withStateFile(stateFile);
    return new DnsDaemon.Options(dns, health, ready, metrics, lameduck, listenEarly);
  }

  private ApiAccess connect() throws EnvironmentException {
    try {
      return ApiAccess.connect(kubeconfig, null, System.getenv());
    } catch (IOException e) {
      throw new EnvironmentException(
          kubeconfig == null
              ? "no --kubeconfig and no pod to run in: " + Causes.text(e)
              : "kubeconfig " + kubeconfig + " cannot be used: " + Causes.text(e),
          e);
    }
  }
}
