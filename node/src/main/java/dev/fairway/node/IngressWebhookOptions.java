// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.ingress.DaemonOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The validating webhook. */
final class IngressWebhookOptions {
  @Option(
      names = "--validating-webhook",
      paramLabel = "[ADDR]:PORT",
      description = "Where the API server puts Ingresses to review, such as :8443 (default: none).")
  private @Nullable String address;

  @Option(
      names = "--validating-webhook-certificate",
      paramLabel = "FILE",
      description = "The certificate of the webhook, PEM.")
  private @Nullable Path certificate;

  @Option(
      names = "--validating-webhook-key",
      paramLabel = "FILE",
      description = "The key of that certificate, PEM.")
  private @Nullable Path key;

  DaemonOptions.@Nullable Webhook webhook(CommandSpec spec) {
    if (address == null || address.isEmpty()) {
      return null;
    }
    if (certificate == null || key == null) {
      throw ClusterOptions.usage(
          spec,
          "--validating-webhook needs --validating-webhook-certificate and"
              + " --validating-webhook-key");
    }
    String whole = address.startsWith(":") ? "0.0.0.0" + address : address;
    InetSocketAddress socket = new Converters.Socket().convert(whole);
    return new DaemonOptions.Webhook(socket, certificate, key);
  }
}
