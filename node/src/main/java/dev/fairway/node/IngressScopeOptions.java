// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.ingress.externalname.ExternalNameOptions;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.node.ingress.DaemonOptions;
import dev.fairway.service.IpPrefix;
import java.util.List;
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

  @Option(
      names = "--enable-external-name",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Serve Services of type ExternalName, which lead out of the cluster.")
  private boolean enableExternalName;

  @Option(
      names = "--external-name-allow",
      paramLabel = "CIDR",
      split = ",",
      converter = Converters.Prefix.class,
      description =
          "Addresses of external names that are refused otherwise: loopback, link-local and our own"
              + " (default: none).")
  private List<IpPrefix> externalNameAllow = List.of();

  /** How Services that are only names are served, or null where they are not. */
  @Nullable ExternalNameOptions externalNames() {
    return enableExternalName ? new ExternalNameOptions(externalNameAllow, List.of()) : null;
  }

  DaemonOptions.Scope scope() {
    return new DaemonOptions.Scope(namespace, namespaceSelector, configMap);
  }

  @Nullable ObjectKey defaultCertificate() {
    return defaultCertificate;
  }
}
