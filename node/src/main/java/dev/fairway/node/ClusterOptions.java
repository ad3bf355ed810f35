// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.ClusterConfig;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of a cluster that {@code up} and {@code controlplane} share. */
final class ClusterOptions {
  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = ".fairway",
      description =
          "Everything of the cluster: store, certificates, kubeconfig, logs"
              + " (default: ${DEFAULT-VALUE}).")
  Path stateDir = Path.of(".fairway");

  @Option(
      names = "--api-port",
      paramLabel = "PORT",
      defaultValue = "6443",
      converter = Converters.Port.class,
      description = "Port of the API server; 0 = any free port (default: ${DEFAULT-VALUE}).")
  int apiPort;

  @Option(
      names = "--store",
      paramLabel = "embedded|etcd=URL",
      defaultValue = "embedded",
      description = "Where objects are kept; only 'embedded' is available yet.")
  String store = "embedded";

  @Option(
      names = "--node-monitor-grace-period",
      paramLabel = "DURATION",
      defaultValue = "40s",
      converter = Converters.PositiveDuration.class,
      description =
          "How long a node may be silent before it counts as lost"
              + " (default: ${DEFAULT-VALUE}).")
  Duration nodeMonitorGracePeriod = Duration.ofSeconds(40);

  void validate(CommandSpec spec) {
    if (store.startsWith("etcd=")) {
      throw usage(spec, "--store " + store + " is not available yet; use --store embedded");
    }
    if (!store.equals("embedded")) {
      throw usage(spec, "--store '" + store + "': expected embedded");
    }
  }

  static ParameterException usage(CommandSpec spec, String message) {
    CommandLine command = spec.commandLine();
    return new ParameterException(command, message);
  }

  ClusterConfig config(int nodes, int dnsPort, int httpPort, int httpsPort) {
    return new ClusterConfig(
        stateDir.toAbsolutePath().normalize(),
        nodes,
        apiPort,
        dnsPort,
        httpPort,
        httpsPort,
        nodeMonitorGracePeriod);
  }
}
