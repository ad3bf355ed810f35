// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.ClusterStop;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.StateDir;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway down}: stops a detached cluster. */
@Command(
    name = "down",
    description = {
      "Stop a cluster and everything that it started, also after a crash of it.",
      "The store stays: the next 'up' has the same objects."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway down",
      "  fairway down --state-dir /tmp/other",
      "  fairway down --node node-2      stop one node as if its machine had died"
    })
final class DownCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = ".fairway",
      description = "The cluster's state directory (default: ${DEFAULT-VALUE}).")
  private Path stateDir = Path.of(".fairway");

  @Option(names = "--node", paramLabel = "NAME", description = "Stop only this node.")
  private @Nullable String node;

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    StateDir directory = new StateDir(stateDir);
    ClusterStop stop = new ClusterStop(directory);
    if (node != null) {
      stop.stopNode(node);
      out.println("stopped " + node);
      return Main.OK;
    }
    out.println(
        switch (stop.stop()) {
          case STOPPED -> "stopped the cluster in " + directory.root();
          case LEFTOVERS_REMOVED ->
              "no cluster ran; removed what one had left in " + directory.root();
          case NOTHING_RAN -> "no cluster runs in " + directory.root();
        });
    return Main.OK;
  }
}
