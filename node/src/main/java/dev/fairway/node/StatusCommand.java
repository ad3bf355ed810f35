// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.ClusterStatus;
import dev.fairway.node.cluster.StateDir;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway status}: what runs in a state directory. */
@Command(
    name = "status",
    description = "Show the addresses and nodes of a running cluster; exit code 1 if none runs.",
    footerHeading = "%nExamples:%n",
    footer = {"  fairway status", "  fairway status --state-dir /tmp/other"})
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = ".fairway",
      description = "The cluster's state directory (default: ${DEFAULT-VALUE}).")
  private Path stateDir = Path.of(".fairway");

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    StateDir directory = new StateDir(stateDir);
    ClusterStatus status = directory.readStatus();
    if (status == null || !directory.isRunning()) {
      out.println("no cluster runs in " + directory.root());
      return Main.FAILED;
    }
    out.println(
        "cluster     " + (status.ready() ? "ready" : "starting") + ", process " + status.pid());
    out.println("API server  " + status.apiServer());
    out.println("DNS         " + status.dns().authority());
    out.println(
        "Ingress     http://"
            + status.http().authority()
            + "  https://"
            + status.https().authority());
    out.println("kubeconfig  " + directory.kubeconfig());
    out.println();
    out.println(
        String.format(Locale.ROOT, "%-10s %-12s %-10s %s", "NODE", "ADDRESS", "STATE", "PROCESS"));
    for (ClusterStatus.NodeStatus node : status.nodes()) {
      out.println(
          String.format(
              Locale.ROOT,
              "%-10s %-12s %-10s %d",
              node.name(),
              node.address(),
              node.ready() ? "running" : "stopped",
              node.pid()));
    }
    return Main.OK;
  }
}
