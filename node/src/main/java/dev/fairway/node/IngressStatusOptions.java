// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.api.ObjectKey;
import dev.fairway.node.ingress.DaemonOptions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the gateway writes into the status of Ingresses, and which of its replicas does. */
final class IngressStatusOptions {
  @Option(
      names = {"--publish-status-address", "--status-address"},
      paramLabel = "ADDR",
      split = ",",
      description =
          "Addresses or host names to write into the status of Ingresses; may be given several"
              + " times. Comes before --publish-service.")
  private List<String> addresses = List.of();

  @Option(
      names = "--publish-service",
      paramLabel = "NAMESPACE/NAME",
      converter = ObjectKeys.class,
      description = "Write the addresses of this Service into the status of Ingresses.")
  private @Nullable ObjectKey service;

  @Option(
      names = "--update-status",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "true",
      paramLabel = "true|false",
      description = "Whether the status of Ingresses is written (default: ${DEFAULT-VALUE}).")
  private boolean update = true;

  @Option(
      names = "--update-status-on-shutdown",
      arity = "0..1",
      fallbackValue = "true",
      defaultValue = "true",
      paramLabel = "true|false",
      description =
          "Whether the last replica takes the addresses away when it ends"
              + " (default: ${DEFAULT-VALUE}).")
  private boolean clear = true;

  @Option(
      names = "--election-id",
      paramLabel = "NAME",
      defaultValue = "fairway-ingress-leader",
      description =
          "The Lease that says which replica writes the status, in the namespace of POD_NAMESPACE"
              + " or \"default\" (default: ${DEFAULT-VALUE}).")
  private String electionId = "fairway-ingress-leader";

  @Option(
      names = "--disable-leader-election",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Write the status without asking other replicas.")
  private boolean alone;

  DaemonOptions.Status status(Map<String, String> environment) {
    String pod = environment.getOrDefault("POD_NAME", environment.getOrDefault("HOSTNAME", "node"));
    return new DaemonOptions.Status(
        update,
        addresses,
        service,
        clear,
        environment.getOrDefault("POD_NAMESPACE", "default"),
        alone ? "" : electionId,
        pod + "_" + UUID.randomUUID());
  }
}
