// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A kube-proxy that is running on this node. */
final class Neighbour {
  private static final int TIMEOUT_MILLIS = 500;
  private static final Set<String> MODES = Set.of("iptables", "nftables", "ipvs");

  private Neighbour() {}

  /** The mode of a kube-proxy that answers where its metrics usually are; null if none does. */
  static @Nullable String mode() {
    return mode(KubeProxyConfig.METRICS_PORT);
  }

  static @Nullable String mode(int port) {
    HttpURLConnection connection = null;
    try {
      connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/proxyMode").toURL().openConnection();
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      try (InputStream body = connection.getInputStream()) {
        String mode = new String(body.readNBytes(32), StandardCharsets.UTF_8).strip();
        return MODES.contains(mode) ? mode : null;
      }
    } catch (IOException _) {
      return null;
    } finally {
      if (connection != null) {
        connection.disconnect();
      }
    }
  }
}
