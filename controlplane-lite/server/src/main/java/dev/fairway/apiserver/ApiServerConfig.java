// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver;

import java.nio.file.Path;
import java.util.List;

/**
 * How an API server runs.
 *
 * @param stateDir holds {@code store/} and {@code pki/}
 * @param bindAddress where to listen, such as 127.0.0.1
 * @param port 0 for any free port
 * @param serviceCidrs ranges of ClusterIPs, the primary family first
 * @param nodePortFrom first NodePort
 * @param nodePortTo last NodePort
 * @param serverSans further names and addresses of the serving certificate
 * @param maxRequests requests at a time besides watches
 * @param maxWatches watches at a time
 */
public record ApiServerConfig(
    Path stateDir,
    String bindAddress,
    int port,
    List<String> serviceCidrs,
    int nodePortFrom,
    int nodePortTo,
    List<String> serverSans,
    int maxRequests,
    int maxWatches) {

  public ApiServerConfig {
    serviceCidrs = List.copyOf(serviceCidrs);
    serverSans = List.copyOf(serverSans);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
    }
    if (serviceCidrs.isEmpty()) {
      throw new IllegalArgumentException("serviceCidrs: [] (expected: at least one)");
    }
    if (nodePortFrom < 1 || nodePortTo < nodePortFrom || nodePortTo > 65_535) {
      throw new IllegalArgumentException(
          "node ports: " + nodePortFrom + "-" + nodePortTo + " (expected: a range in 1-65535)");
    }
  }

  /** The loopback cluster: Services in 127.96.0.0/12, NodePorts 30000-32767. */
  public static ApiServerConfig loopback(Path stateDir, int port) {
    return new ApiServerConfig(
        stateDir,
        "127.0.0.1",
        port,
        List.of("127.96.0.0/12"),
        30_000,
        32_767,
        List.of(),
        400,
        4_096);
  }
}
