// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.ControlPlane;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.StateDir;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway controlplane}: API server, scheduler and controllers alone. */
@Command(
    name = "controlplane",
    description = "Run the API server, scheduler and controllers alone, without nodes.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway controlplane --state-dir .fairway-cp --api-port 6443",
      "  fairway controlplane --bind 0.0.0.0"
    })
final class ControlPlaneCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();
  @Mixin private ClusterOptions options = new ClusterOptions();

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address of the API server (default: ${DEFAULT-VALUE}).")
  private String bind = "127.0.0.1";

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    options.validate(spec);
    PrintWriter out = spec.commandLine().getOut();
    StateDir stateDir = new StateDir(options.stateDir);
    Logging.toFile(stateDir.logFile());
    ControlPlane controlPlane = ControlPlane.start(options.config(1, 0, 0, 0), bind);
    Progress progress =
        line -> {
          out.println("  " + line);
          out.flush();
        };
    ForegroundRun run = new ForegroundRun(controlPlane, progress);
    out.printf("ready in %.2f s%n%n", StartTime.secondsSinceStart());
    out.println("  API server  " + controlPlane.url());
    out.println("  export KUBECONFIG=" + ShellWord.of(stateDir.kubeconfig()));
    out.println();
    out.println("Ctrl-C stops it.");
    out.flush();
    run.await();
    return Main.OK;
  }
}
