// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.dns.DnsOptions;
import dev.fairway.dns.DnsServer;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.forward.ForwardOptions;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.ServiceFeed;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
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
      "  fairway dns --kubeconfig kc --listen 10.96.0.10:53 --listen [::1]:53 --upstream 9.9.9.9:53"
    })
final class DnsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();
  @Mixin private KubeconfigOption kubeconfig = new KubeconfigOption();

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

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    ApiTransport transport = kubeconfig.connect();
    ServiceFeed feed = new ServiceFeed(new KubeClient(transport));
    DnsOptions options =
        DnsOptions.of(listen.getFirst(), zone).withListen(listen).withZone(ZoneOptions.of(zone));
    options =
        upstreams.isEmpty()
            ? options.withSystemUpstreams()
            : options.withForward(ForwardOptions.to(upstreams));
    DnsServer server;
    try {
      server = DnsServer.start(options, feed.source());
    } catch (IOException e) {
      feed.close();
      transport.close();
      throw new EnvironmentException(Causes.text(e), e);
    }
    feed.start();
    ForegroundRun run =
        new ForegroundRun(
            () -> {
              server.close();
              feed.close();
              transport.close();
            },
            Progress.NONE);
    out.println("DNS for " + zone + " on " + server.addresses() + ", Ctrl-C stops it");
    out.flush();
    run.await();
    return Main.OK;
  }
}
