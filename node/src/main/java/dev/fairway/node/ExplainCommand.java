// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.StateDir;
import dev.fairway.node.explain.ClusterView;
import dev.fairway.node.explain.Explainer;
import dev.fairway.node.explain.Explanation;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fairway explain}: who answers at an address, a URL or a name, and why. */
@Command(
    name = "explain",
    description = {
      "Say in words which Service or Ingress rule decides about a connection, a request or a DNS"
          + " name, and who can answer.",
      "Exit code: 0 somebody answers, 1 nobody does, 2 wrong usage."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway explain 127.112.0.1:8200                   a Service's address",
      "  fairway explain 127.96.0.10:53/udp",
      "  fairway explain http://hello.localhost/path        a request to the ingress gateway",
      "  fairway explain hello.default                      a DNS name",
      "  fairway explain 10.96.0.1:443 --kubeconfig ~/.kube/config --from 203.0.113.7"
    })
final class ExplainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();

  @Parameters(
      paramLabel = "TARGET",
      description = "ip:port, ip:port/udp, http://host/path or a DNS name.")
  private String target = "";

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = ".fairway",
      description = "The cluster's state directory (default: ${DEFAULT-VALUE}).")
  private Path stateDir = Path.of(".fairway");

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Ask this API server instead of the one of --state-dir.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--from",
      paramLabel = "ADDR",
      description = "Address of the client (default: the node's own).")
  private @Nullable String from;

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    IpAddress source = from == null ? null : IpAddress.tryParse(from);
    if (from != null && source == null) {
      throw ClusterOptions.usage(spec, "--from '" + from + "': expected an IP address");
    }
    try {
      Explainer.check(target);
    } catch (IllegalArgumentException e) {
      throw ClusterOptions.usage(spec, String.valueOf(e.getMessage()));
    }
    Explanation explanation = new Explainer(load(), source).explain(target);
    explanation.lines().forEach(spec.commandLine().getOut()::println);
    return explanation.answers() ? Main.OK : Main.FAILED;
  }

  private ClusterView load() throws EnvironmentException, InterruptedException {
    StateDir directory = new StateDir(stateDir);
    Path file = kubeconfig == null ? directory.kubeconfig() : kubeconfig;
    if (kubeconfig == null && (!directory.isRunning() || !Files.exists(file))) {
      throw new EnvironmentException(
          "no cluster runs in " + directory.root() + "; start one, or give --kubeconfig");
    }
    try (ApiTransport transport = KubeConfig.load(file).transport()) {
      return ClusterView.load(new KubeClient(transport));
    } catch (KubeApiException | IOException e) {
      throw new EnvironmentException(
          "the API server of " + file + " does not answer: " + Causes.text(e), e);
    }
  }
}
