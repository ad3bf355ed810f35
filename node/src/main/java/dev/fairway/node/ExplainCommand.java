// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.StateDir;
import dev.fairway.node.explain.Client;
import dev.fairway.node.explain.ClusterView;
import dev.fairway.node.explain.Explainer;
import dev.fairway.node.explain.Explanation;
import dev.fairway.node.explain.UrlRequest;
import dev.fairway.node.kubeproxy.KernelView;
import dev.fairway.proxy.NodePortAddresses;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
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
      "Say in words which Service, Ingress rule or route of a Gateway decides about a connection,"
          + " a request or a DNS name, and who can answer.",
      "Exit code: 0 somebody answers, 1 nobody does, 2 wrong usage."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway explain 127.112.0.1:8200                   a Service's address",
      "  fairway explain 127.96.0.10:53/udp",
      "  fairway explain http://hello.localhost/path        a request to the ingress gateway",
      "  fairway explain https://shop.example/cart -X POST -H 'Canary: always' --ingress-class"
          + " nginx",
      "  fairway explain hello.default                      a DNS name",
      "  fairway explain 10.96.0.1:443 --kubeconfig ~/.kube/config --from 203.0.113.7",
      "  fairway explain 10.96.0.10:53/udp --from default/client --node node-2 -o json",
      "On a node with eBPF the rows of the kernel's maps are shown too, also while no daemon runs."
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
      paramLabel = "ADDR|NAMESPACE/POD",
      description = "Who connects: an address, or a pod (default: the node itself).")
  private @Nullable String from;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description =
          "Whose proxy decides (default: the node that is dialled, the pod's, or this machine).")
  private @Nullable String node;

  @Option(
      names = {"-X", "--method"},
      paramLabel = "METHOD",
      defaultValue = "GET",
      description = "The method of a request to a URL (default: ${DEFAULT-VALUE}).")
  private String method = "GET";

  @Option(
      names = {"-H", "--header"},
      paramLabel = "'NAME: VALUE'",
      description = "A header field of a request to a URL; may be given several times.")
  private List<String> headers = List.of();

  @Mixin private IngressClassOptions classes = new IngressClassOptions();

  @Option(
      names = "--configmap",
      paramLabel = "NAMESPACE/NAME",
      converter = ObjectKeys.class,
      description = "The ConfigMap that the ingress gateway follows (default: none).")
  private @Nullable ObjectKey configMap;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      defaultValue = "text",
      description = "How to say it (default: ${DEFAULT-VALUE}).")
  private String output = "text";

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    if (!output.equals("text") && !output.equals("json")) {
      throw ClusterOptions.usage(spec, "--output '" + output + "': expected text or json");
    }
    Explanation explanation;
    try {
      Explainer.check(target);
      UrlRequest request = new UrlRequest(method, headers, classes.translator());
      Client client = Client.of(from, node, NodePortAddresses.ofMachine());
      Explainer.Address address = Explainer.address(target);
      Map<String, List<String>> kernel =
          address == null
              ? Map.of()
              : KernelView.rows(node, address.ip(), address.port(), address.protocol());
      explanation = withKernel(explain(client, request, kernel.isEmpty()), kernel);
    } catch (IllegalArgumentException e) {
      throw ClusterOptions.usage(spec, String.valueOf(e.getMessage()));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (output.equals("json")) {
      out.println(explanation.json(target).toPrettyString());
    } else {
      boolean coloured = isTerminal();
      explanation.lines().forEach(line -> out.println(coloured ? coloured(line) : line));
    }
    return explanation.answers() ? Main.OK : Main.FAILED;
  }

  /** By the objects of an API server; by the kernel's maps alone where no server is known. */
  private Explanation explain(Client client, UrlRequest request, boolean isServerNeeded)
      throws EnvironmentException, InterruptedException {
    StateDir directory = new StateDir(stateDir);
    Path file = kubeconfig == null ? directory.kubeconfig() : kubeconfig;
    if (kubeconfig == null && (!directory.isRunning() || !Files.exists(file))) {
      if (!isServerNeeded) {
        return Explanation.ofKernelAlone();
      }
      throw new EnvironmentException(
          "no cluster runs in " + directory.root() + "; start one, or give --kubeconfig");
    }
    try (ApiTransport transport = KubeConfig.load(file).transport()) {
      List<String> hidden = new ArrayList<>();
      KubeClient server = new KubeClient(transport);
      ClusterView view = ClusterView.load(server, hidden::add);
      ConfigMap config = configMap == null ? null : ClusterView.config(server, configMap);
      Explanation explanation =
          new Explainer(view, client, request.configuredBy(config)).explain(target);
      return hidden.isEmpty()
          ? explanation
          : explanation.and(
              List.of("", "not looked at, as this user may not: " + String.join(", ", hidden)));
    } catch (KubeApiException | IOException e) {
      throw new EnvironmentException(
          "the API server of " + file + " does not answer: " + Causes.text(e), e);
    }
  }

  private static Explanation withKernel(Explanation explanation, Map<String, List<String>> kernel) {
    Explanation all = explanation;
    for (Map.Entry<String, List<String>> node : kernel.entrySet()) {
      all = all.withKernel(node.getKey(), node.getValue());
    }
    return all;
  }

  private static boolean isTerminal() {
    String no = System.getenv("NO_COLOR");
    Console console = System.console();
    return (no == null || no.isEmpty()) && console != null && console.isTerminal();
  }

  /** The line that says what happens stands out. */
  private static String coloured(String line) {
    String style =
        line.startsWith("forwarded")
            ? "green,bold"
            : line.startsWith("refused") || line.startsWith("dropped") ? "red,bold" : "";
    return style.isEmpty()
        ? line
        : CommandLine.Help.Ansi.ON.string("@|" + style + " " + line.replace("|@", "| @") + "|@");
  }
}
