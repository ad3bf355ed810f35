// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.NodeProxy;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.ServiceFeed;
import dev.fairway.proxy.userspace.UserspaceOptions;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway node}: the daemon that stands where kube-proxy stood. */
@Command(
    name = "node",
    description = {
      "Run the node daemon that replaces kube-proxy, against any Kubernetes API server.",
      "It serves Services from ordinary sockets; addresses that the machine does not have are"
          + " reported as Events."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway node --kubeconfig /etc/kubernetes/proxy.conf",
      "  fairway node --kubeconfig kc --hostname-override node-7 --nodeport-addresses primary"
    })
final class NodeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();
  @Mixin private KubeconfigOption kubeconfig = new KubeconfigOption();

  @Option(
      names = "--hostname-override",
      paramLabel = "NAME",
      description = "The Node's name (default: this machine's host name).")
  private @Nullable String hostname;

  @Option(
      names = "--node-ip",
      paramLabel = "ADDR",
      split = ",",
      description = "The node's own addresses, the primary first (default: of the host name).")
  private List<String> nodeIps = List.of();

  @Option(
      names = "--cluster-cidr",
      paramLabel = "CIDR",
      split = ",",
      description = "Ranges of the pods.")
  private List<String> clusterCidrs = List.of();

  @Option(
      names = "--nodeport-addresses",
      paramLabel = "CIDR|primary|localhost|all",
      split = ",",
      defaultValue = "primary",
      description = "Which addresses answer node ports (default: ${DEFAULT-VALUE}).")
  private List<String> nodePortAddresses = List.of();

  @Option(
      names = "--healthz-bind-address",
      paramLabel = "ADDR:PORT",
      defaultValue = "0.0.0.0:10256",
      description =
          "Where /healthz and /livez are answered, \"\" for nowhere (default: ${DEFAULT-VALUE}).")
  private String healthz = "";

  @Option(
      names = "--metrics-bind-address",
      paramLabel = "ADDR:PORT",
      defaultValue = "127.0.0.1:10249",
      description =
          "Where /metrics and /proxyMode are answered, \"\" for nowhere"
              + " (default: ${DEFAULT-VALUE}).")
  private String metrics = "";

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    UserspaceOptions options = options();
    String name = options.node().nodeName();
    ApiTransport transport = kubeconfig.connect();
    KubeClient client = new KubeClient(transport);
    NodeProxy proxy = new NodeProxy(client, options, bindAddress(healthz), bindAddress(metrics));
    ServiceFeed feed = new ServiceFeed(client);
    proxy.join(feed);
    feed.start();
    ForegroundRun run =
        new ForegroundRun(
            () -> {
              feed.close();
              proxy.close();
              transport.close();
            },
            Progress.NONE);
    out.println("proxy of node " + name + ", Ctrl-C stops it");
    out.flush();
    run.await();
    return Main.OK;
  }

  /** An address with a port, IPv6 in brackets; null for "". */
  private @Nullable InetSocketAddress bindAddress(String text) {
    if (text.isEmpty()) {
      return null;
    }
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    IpAddress address =
        IpAddress.tryParse(
            host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host);
    try {
      int port = colon < 0 ? -1 : Integer.parseInt(text.substring(colon + 1));
      if (address != null && port >= 0 && port <= 65_535) {
        return new InetSocketAddress(InetAddress.getByAddress(address.toBytes()), port);
      }
    } catch (NumberFormatException | UnknownHostException _) {
      // Said below, as for the other mistakes.
    }
    throw ClusterOptions.usage(spec, "'" + text + "': expected an IP address and a port");
  }

  private UserspaceOptions options() throws EnvironmentException {
    List<IpAddress> addresses = new ArrayList<>();
    List<IpPrefix> cidrs = new ArrayList<>();
    String name = hostname;
    try {
      InetAddress local = InetAddress.getLocalHost();
      name = name == null ? local.getHostName() : name;
      if (nodeIps.isEmpty()) {
        addresses.add(IpAddress.ofBytes(local.getAddress()));
      }
    } catch (UnknownHostException e) {
      if (name == null || nodeIps.isEmpty()) {
        throw new EnvironmentException(
            "this machine's host name has no address; give --hostname-override and --node-ip", e);
      }
    }
    for (String text : nodeIps) {
      IpAddress address = IpAddress.tryParse(text);
      if (address == null) {
        throw ClusterOptions.usage(spec, "--node-ip '" + text + "': expected an IP address");
      }
      addresses.add(address);
    }
    for (String text : clusterCidrs) {
      IpPrefix prefix = IpPrefix.tryParse(text);
      if (prefix == null) {
        throw ClusterOptions.usage(spec, "--cluster-cidr '" + text + "': expected a CIDR");
      }
      cidrs.add(prefix);
    }
    return UserspaceOptions.of(name, addresses)
        .withClusterCidrs(cidrs)
        .withNodePortAddresses(nodePortAddresses)
        .withHandOver(Duration.ofMillis(500));
  }
}
