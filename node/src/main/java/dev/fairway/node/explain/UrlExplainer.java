// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.translate.Diagnostic;
import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.IngressTranslator;
import dev.fairway.ingress.translate.Translation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Explains a request to the ingress gateway. */
final class UrlExplainer {
  private final ClusterView view;
  private final UrlRequest asked;

  UrlExplainer(ClusterView view, UrlRequest asked) {
    this.view = view;
    this.asked = asked;
  }

  /** What happens at the addresses of Ingresses, and at those of Gateways with the host. */
  Explanation explain(String url, RequestTarget request) {
    Translation translation =
        new IngressTranslator(asked.translator())
            .translate(
                new IngressObjects(
                    view.ingresses(),
                    view.ingressClasses(),
                    view.secrets(),
                    view.services(),
                    asked.config()));
    Route route = translation.routes().match(request, asked.method(), asked.fields());
    List<Explanation> gateways = new GatewayExplainer(view, asked).explain(url, request);
    if (gateways.isEmpty()) {
      return explain(url, translation, route);
    }
    List<String> lines = new ArrayList<>();
    boolean answers = false;
    if (route != null) {
      Explanation ingress = explain(url, translation, route);
      lines.add("at the address of Ingresses:");
      lines.addAll(ingress.lines());
      answers = ingress.answers();
    }
    for (Explanation gateway : gateways) {
      if (!lines.isEmpty()) {
        lines.add("");
      }
      lines.addAll(gateway.lines());
      answers |= gateway.answers();
    }
    return new Explanation(answers, lines);
  }

  private Explanation explain(String url, Translation translation, @Nullable Route route) {
    List<String> lines = new ArrayList<>();
    if (route == null) {
      lines.add(url + ": no rule of " + ingresses(translation) + " matches, the answer is 404");
      return new Explanation(false, lines);
    }
    lines.add(url + " is decided by " + route.origin());
    boolean answers = new RouteText(view).describe(route, lines);
    for (Diagnostic diagnostic : translation.diagnostics()) {
      if (route.origin().endsWith(" " + diagnostic.object())) {
        lines.add("note: " + diagnostic.reason().text() + ": " + diagnostic.message());
      }
    }
    return new Explanation(answers, lines);
  }

  private String ingresses(Translation translation) {
    return AddressExplainer.count(translation.accepted().size(), "Ingress")
            .replace("Ingresss", "Ingresses")
        + " of class "
        + asked.translator().className();
  }
}
