// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.dns.server.SecureOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where DNS is served encrypted. */
final class SecureDnsOptions {
  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "Certificate chain for encrypted DNS, PEM; looked at again every 10 s.")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Its key, PEM.")
  private @Nullable Path key;

  @Option(
      names = "--tls",
      paramLabel = "ADDR:PORT",
      description = "Where to serve DNS over TLS; may be given several times (default: nowhere).")
  private List<InetSocketAddress> tls = List.of();

  @Option(
      names = "--https",
      paramLabel = "ADDR:PORT",
      description =
          "Where to serve DNS over HTTPS, by HTTP/1.1, 2 and 3 at /dns-query; may be given several"
              + " times (default: nowhere).")
  private List<InetSocketAddress> https = List.of();

  @Option(
      names = "--quic",
      paramLabel = "ADDR:PORT",
      description = "Where to serve DNS over QUIC; may be given several times (default: nowhere).")
  private List<InetSocketAddress> quic = List.of();

  /** The options, null where nothing is to be encrypted. */
  @Nullable SecureOptions options(CommandSpec spec) {
    boolean wanted = !tls.isEmpty() || !https.isEmpty() || !quic.isEmpty();
    Path chain = certificate;
    Path privateKey = key;
    if (chain == null || privateKey == null) {
      if (wanted || chain != null || privateKey != null) {
        throw ClusterOptions.usage(
            spec, "--tls, --https and --quic need --tls-certificate and --tls-key");
      }
      return null;
    }
    if (!wanted) {
      throw ClusterOptions.usage(
          spec, "--tls-certificate is of no use without --tls, --https or --quic");
    }
    return SecureOptions.of(chain, privateKey)
        .withTls(tls.toArray(new InetSocketAddress[0]))
        .withHttps(https.toArray(new InetSocketAddress[0]))
        .withQuic(quic.toArray(new InetSocketAddress[0]));
  }
}
