// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The root of the command line; without a subcommand it shows the help. */
@Command(
    name = "fairway",
    mixinStandardHelpOptions = true,
    versionProvider = FairwayCommand.Version.class,
    description =
        "Kubernetes service networking in Java: proxy, ingress, DNS, a cluster in a command.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway up --demo                        a cluster here, driven through every path",
      "  fairway up --detach && export KUBECONFIG=$PWD/.fairway/kubeconfig && kubectl get nodes",
      "  fairway down                             stop it",
      "  fairway dns --kubeconfig ~/.kube/config --listen 127.0.0.1:1053"
    },
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      ExplainCommand.class,
      ControlPlaneCommand.class,
      NodeCommand.class,
      DnsCommand.class,
      IngressCommand.class,
      RunNodeCommand.class,
      PrepareJarsCommand.class,
      WarmUpCommand.class
    })
final class FairwayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return Main.OK;
  }

  /** Options that every command has. */
  static final class Help {
    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help and exit.")
    boolean help;
  }

  /** The version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = FairwayCommand.class.getPackage().getImplementationVersion();
      return new String[] {
        "fairway "
            + (version == null ? "0.1.0-SNAPSHOT" : version)
            + " (Kubernetes API v1.36, Java "
            + Runtime.version().feature()
            + ")"
      };
    }
  }
}
