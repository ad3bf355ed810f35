// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.ingress.translate.admission.Finding;
import dev.fairway.ingress.translate.admission.Finding.Severity;
import dev.fairway.ingress.translate.admission.GatewayCheck;
import dev.fairway.ingress.translate.admission.IngressCheck;
import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.explain.ClusterView;
import dev.fairway.node.ingress.Manifests;
import dev.fairway.service.ServiceSnapshot;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway ingress lint}: what would become of manifests. */
@Command(
    name = "lint",
    description = {
      "Say what of the Ingresses and the objects of the Gateway API in files would not be served,"
          + " has no effect, or works in another way than with ingress-nginx. Needs no cluster.",
      "Exit code: 0 no errors, 1 errors, 2 wrong usage."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway ingress lint -f manifests/",
      "  kubectl get gateway,httproute -A -o yaml | fairway ingress lint -f -",
      "  kubectl get ingress -A -o yaml | fairway ingress lint -f - --compat ingress-nginx"
    })
final class IngressLintCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();
  @Mixin private IngressClassOptions classes = new IngressClassOptions();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|FOLDER|-",
      required = true,
      description = "YAML or JSON files, folders of them, or - for the standard input.")
  private List<String> files = List.of();

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    Manifests manifests = new Manifests();
    try {
      for (String file : files) {
        if (file.equals("-")) {
          manifests.add("-", new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
        } else {
          manifests.add(Path.of(file));
        }
      }
      return print(manifests, findings(manifests));
    } catch (IOException e) {
      throw new EnvironmentException(Causes.text(e), e);
    }
  }

  private List<Finding> findings(Manifests manifests) throws IOException, InterruptedException {
    List<Finding> findings =
        new ArrayList<>(new IngressCheck(classes.translator()).checkAll(manifests.ingresses()));
    if (manifests.gatewayObjects() > 0) {
      ServiceSnapshot services =
          ClusterView.snapshot(
              manifests.list(Resource.SERVICES), List.of(), manifests.list(Resource.NAMESPACES));
      findings.addAll(GatewayCheck.checkAll(GatewayObjects.of(manifests, services)));
    }
    findings.sort(
        Comparator.comparing((Finding finding) -> manifests.place(finding.kind(), finding.object()))
            .thenComparing(Finding::kind)
            .thenComparing(Finding::object)
            .thenComparing(Finding::severity));
    return findings;
  }

  private int print(Manifests manifests, List<Finding> findings) {
    PrintWriter out = spec.commandLine().getOut();
    manifests.problems().forEach(problem -> out.println("error   " + problem));
    int errors = manifests.problems().size();
    int warnings = 0;
    for (Finding finding : findings) {
      errors += finding.severity() == Severity.ERROR ? 1 : 0;
      warnings += finding.severity() == Severity.WARNING ? 1 : 0;
      String severity = finding.severity().name().toLowerCase(Locale.ROOT);
      out.println(
          "%-7s %s: %s %s: %s: %s"
              .formatted(
                  severity,
                  manifests.place(finding.kind(), finding.object()),
                  finding.kind(),
                  name(finding.object()),
                  finding.reason(),
                  finding.message()));
    }
    out.println(
        "%d Ingresses, %d objects of the Gateway API, %d errors, %d warnings"
            .formatted(manifests.ingresses().size(), manifests.gatewayObjects(), errors, warnings));
    out.flush();
    return errors == 0 ? Main.OK : Main.FAILED;
  }

  private static String name(ObjectKey key) {
    return key.namespace().isEmpty() ? key.name() : key.toString();
  }
}
