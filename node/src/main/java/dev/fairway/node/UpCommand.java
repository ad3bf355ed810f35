// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.Cluster;
import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.node.cluster.ClusterStatus;
import dev.fairway.node.cluster.DetachedStart;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.StateDir;
import dev.fairway.node.demo.Demo;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway up}: a cluster on this machine. */
@Command(
    name = "up",
    description = {
      "Start a cluster on this machine: API server, scheduler, controllers, nodes, proxy, DNS,"
          + " ingress.",
      "Pods are processes; all addresses are in 127.0.0.0/8, so nothing of the machine changes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway up                      in the foreground, Ctrl-C stops it",
      "  fairway up --demo               and drive the example application through every path",
      "  fairway up --detach             in the background; 'fairway down' stops it",
      "  fairway up --nodes 3 --api-port 0 --dns-port 0 --http-port 0 --https-port 0"
    })
final class UpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();
  @Mixin private ClusterOptions options = new ClusterOptions();

  @Option(
      names = "--demo",
      description = "Apply examples/hello and show what answers on each path.")
  private boolean demo;

  @Option(
      names = "--detach",
      description = "Return when the cluster is ready and leave it running.")
  private boolean detach;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "1",
      converter = Converters.Nodes.class,
      description = "How many nodes (default: ${DEFAULT-VALUE}).")
  private int nodes;

  @Option(
      names = "--network",
      paramLabel = "loopback|netns",
      defaultValue = "loopback",
      description = "How pods are connected; only 'loopback' is available yet.")
  private String network = "loopback";

  @Option(
      names = "--dns-port",
      paramLabel = "PORT",
      defaultValue = "1053",
      converter = Converters.Port.class,
      description = "Port of the cluster DNS on 127.0.0.1 (default: ${DEFAULT-VALUE}).")
  private int dnsPort;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "8080",
      converter = Converters.Port.class,
      description = "HTTP port of the ingress gateway on 127.0.0.1 (default: ${DEFAULT-VALUE}).")
  private int httpPort;

  @Option(
      names = "--https-port",
      paramLabel = "PORT",
      defaultValue = "8443",
      converter = Converters.Port.class,
      description = "HTTPS port of the ingress gateway on 127.0.0.1 (default: ${DEFAULT-VALUE}).")
  private int httpsPort;

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    options.validate(spec);
    if (network.equals("netns")) {
      throw ClusterOptions.usage(
          spec, "--network netns is not available yet; use --network loopback");
    }
    if (!network.equals("loopback")) {
      throw ClusterOptions.usage(spec, "--network '" + network + "': expected loopback");
    }
    PrintWriter out = spec.commandLine().getOut();
    ClusterConfig config = options.config(nodes, dnsPort, httpPort, httpsPort);
    StateDir stateDir = new StateDir(config.stateDir());
    if (detach) {
      return detached(config, stateDir, out);
    }
    Logging.toFile(stateDir.logFile());
    Progress progress = line -> show(out, line);
    Cluster cluster = Cluster.start(config, progress);
    ForegroundRun run = new ForegroundRun(cluster, progress);
    summary(out, stateDir, cluster.status());
    int code = demo ? new Demo(stateDir, cluster.status(), out).run() : Main.OK;
    if (demo && code != Main.OK) {
      return code;
    }
    out.println("Ctrl-C stops the cluster.");
    out.flush();
    run.await();
    return Main.OK;
  }

  private int detached(ClusterConfig config, StateDir stateDir, PrintWriter out)
      throws EnvironmentException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(Main.RUN_CLUSTER));
    arguments.addAll(config.toArguments());
    ClusterStatus status = new DetachedStart(stateDir, line -> show(out, line)).start(arguments);
    summary(out, stateDir, status);
    return demo ? new Demo(stateDir, status, out).run() : Main.OK;
  }

  private static void show(PrintWriter out, String line) {
    out.println("  " + line);
    out.flush();
  }

  private static void summary(PrintWriter out, StateDir stateDir, ClusterStatus status) {
    out.printf("ready in %.2f s%n", StartTime.secondsSinceStart());
    out.println();
    out.println("  API server  " + status.apiServer());
    out.println("  DNS         " + status.dns().authority() + " (UDP and TCP)");
    out.println(
        "  Ingress     http://"
            + status.http().authority()
            + "  https://"
            + status.https().authority());
    out.println("  Log         " + stateDir.logFile());
    out.println();
    out.println("  export KUBECONFIG=" + ShellWord.of(stateDir.kubeconfig()));
    out.println();
    out.flush();
  }
}
