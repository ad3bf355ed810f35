// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.ingress.IngressGateway;
import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.Progress;
import dev.fairway.node.cluster.ServiceFeed;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairway ingress}: the gateway alone. */
@Command(
    name = "ingress",
    description = "Run the ingress gateway alone, against any Kubernetes API server.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway ingress --kubeconfig ~/.kube/config --bind 127.0.0.1 --http-port 8080"
          + " --https-port 8443",
      "  fairway ingress --kubeconfig kc --ingress-class nginx     take over ingress-nginx's"
    })
final class IngressCommand implements Callable<Integer> {
  private static final String NGINX_CONTROLLER = "k8s.io/ingress-nginx";

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin FairwayCommand.Help help = new FairwayCommand.Help();
  @Mixin private KubeconfigOption kubeconfig = new KubeconfigOption();

  @Option(
      names = "--bind",
      paramLabel = "ADDR",
      defaultValue = "0.0.0.0",
      description = "Where to listen (default: ${DEFAULT-VALUE}).")
  private String bind = "0.0.0.0";

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "80",
      converter = Converters.Port.class,
      description = "HTTP port; 0 = any free port (default: ${DEFAULT-VALUE}).")
  private int httpPort;

  @Option(
      names = "--https-port",
      paramLabel = "PORT",
      defaultValue = "443",
      converter = Converters.Port.class,
      description = "HTTPS port; 0 = any free port (default: ${DEFAULT-VALUE}).")
  private int httpsPort;

  @Option(
      names = "--ingress-class",
      paramLabel = "NAME",
      defaultValue = IngressOptions.CLASS_NAME,
      description = "The class whose Ingresses are served (default: ${DEFAULT-VALUE}).")
  private String ingressClass = IngressOptions.CLASS_NAME;

  @Option(
      names = "--status-address",
      paramLabel = "ADDR",
      description = "Address to write into the status of each Ingress; may be given several times.")
  private List<String> statusAddresses = List.of();

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    ApiTransport transport = kubeconfig.connect();
    KubeClient client = new KubeClient(transport);
    String controller = ingressClass.equals("nginx") ? NGINX_CONTROLLER : IngressOptions.CONTROLLER;
    IngressGateway gateway;
    try {
      gateway =
          IngressGateway.start(
              IngressOptions.of(bind, httpPort, httpsPort)
                  .withTranslator(TranslatorOptions.of(ingressClass, controller))
                  .withStatusAddresses(statusAddresses),
              client);
    } catch (IOException e) {
      transport.close();
      throw new EnvironmentException(Causes.text(e), e);
    }
    ServiceFeed feed = new ServiceFeed(client);
    feed.addListener(gateway);
    feed.start();
    feed.follow(Resource.INGRESSES, gateway.ingresses());
    feed.follow(Resource.INGRESS_CLASSES, gateway.ingressClasses());
    feed.follow(Resource.SECRETS, ListOptions.fields("type=kubernetes.io/tls"), gateway.secrets());
    ForegroundRun run =
        new ForegroundRun(
            () -> {
              gateway.close();
              feed.close();
              transport.close();
            },
            Progress.NONE);
    out.println(
        "ingress gateway on "
            + gateway.httpAddress()
            + " (HTTP) and "
            + gateway.httpsAddress()
            + " (HTTPS), Ctrl-C stops it");
    out.flush();
    run.await();
    return Main.OK;
  }
}
