// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.cluster.ZoneOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The cluster zone, and how the API server is reached.
 *
 * @param zone the zone, ready to be used
 * @param api how the API server is reached
 * @param labels selector of services and endpoints, empty for all
 * @param namespaceLabels selector of namespaces, empty for all
 * @param startupTimeout for how long the server waits for the first list before it answers
 */
public record KubernetesConfig(
    ZoneOptions zone, Api api, String labels, String namespaceLabels, Duration startupTimeout) {
  /**
   * How the API server is reached. Without kubeconfig and endpoint: as pods do.
   *
   * @param kubeconfig path, empty for none
   * @param context of the kubeconfig, empty for its current one
   * @param endpoint URL, empty for none
   * @param tls certificate, key and authorities for the endpoint, null for none
   */
  public record Api(String kubeconfig, String context, String endpoint, @Nullable Tls tls) {}

  /**
   * PEM files.
   *
   * @param certificate of this client
   * @param key of this client
   * @param authority that signed the server's certificate
   */
  public record Tls(String certificate, String key, String authority) {}
}
