// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.node.ingress.DaemonOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the gateway looks for objects. */
final class IngressScopeOptions {
  @Option(
      names = "--watch-namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "",
      description = "Serve the Ingresses of this namespace only (default: all).")
  private String namespace = "";

  @Option(
      names = "--watch-namespace-selector",
      paramLabel = "LABELS",
      defaultValue = "",
      description = "Serve the Ingresses of namespaces with these labels only (default: all).")
  private String namespaceSelector = "";

  @Option(
      names = "--default-ssl-certificate",
      paramLabel = "NAMESPACE/SECRET",
      converter = ObjectKeys.class,
      description =
          "The certificate for names that have none (default: one that is signed by itself).")
  private @Nullable ObjectKey defaultCertificate;

  @Option(
      names = "--configmap",
      paramLabel = "NAMESPACE/NAME",
      converter = ObjectKeys.class,
      description = "A ConfigMap with keys of ingress-nginx's (default: none).")
  private @Nullable ObjectKey configMap;

  DaemonOptions.Scope scope() {
    return new DaemonOptions.Scope(namespace, namespaceSelector, configMap);
  }

  @Nullable ObjectKey defaultCertificate() {
    return defaultCertificate;
  }
}
