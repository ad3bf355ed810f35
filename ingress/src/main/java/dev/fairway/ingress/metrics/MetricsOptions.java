// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.metrics;

/**
 * What of the gateway is counted, and how it is named.
 *
 * @param perHost whether the hosts of rules are told apart
 * @param nginxNames whether there are also the names that dashboards of ingress-nginx ask for
 * @param controllerClass the label controller_class of those
 * @param namespace of the pod that this is, or ""
 * @param pod the name of the pod that this is, or ""
 * @param maxSeries routes with their backends that are told apart; the rest is counted together
 */
public record MetricsOptions(
    boolean perHost,
    boolean nginxNames,
    String controllerClass,
    String namespace,
    String pod,
    int maxSeries) {
  /** By host, names of our own only, 10 000 series. */
  public static final MetricsOptions DEFAULT =
      new MetricsOptions(true, false, "fairway.dev/ingress", "", "", 10_000);
}
