// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.accesslog.AccessLogOptions;
import dev.fairway.ingress.accesslog.LogTemplate;
import dev.fairway.ingress.translate.nginx.StartSettings;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.service.IpPrefix;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the daemon runs.
 *
 * @param scope which namespaces are looked at
 * @param status what is written into the status of Ingresses
 * @param pages where the health port is, null for none
 * @param pagesRequired whether the daemon fails where that cannot be listened on
 * @param accessLog null for none
 * @param webhook null for none
 * @param shutdownGrace how long it goes on serving after it was asked to end
 * @param addressPool the range that Gateways take their addresses from, or null for none
 */
public record DaemonOptions(
    IngressOptions gateway,
    Scope scope,
    Status status,
    @Nullable InetSocketAddress pages,
    boolean pagesRequired,
    @Nullable Log accessLog,
    @Nullable Webhook webhook,
    Duration shutdownGrace,
    @Nullable IpPrefix addressPool) {

  /**
   * Namespaces.
   *
   * @param namespace the only one, "" for all
   * @param selector labels of the namespaces whose Ingresses count, "" for all
   * @param configMap of the gateway, or null for none
   */
  public record Scope(String namespace, String selector, @Nullable ObjectKey configMap) {
    /** Without a ConfigMap. */
    public Scope(String namespace, String selector) {
      this(namespace, selector, null);
    }
  }

  /**
   * Where Ingresses say they are served.
   *
   * @param enabled whether anything is written
   * @param addresses IP addresses and host names; come before the Service
   * @param service whose addresses are told, or null
   * @param clearOnShutdown whether the last replica takes them away when it ends
   * @param electionNamespace where the Lease is
   * @param electionId its name, "" for no election
   * @param identity of this replica
   */
  public record Status(
      boolean enabled,
      List<String> addresses,
      @Nullable ObjectKey service,
      boolean clearOnShutdown,
      String electionNamespace,
      String electionId,
      String identity) {
    public Status {
      addresses = List.copyOf(addresses);
    }

    /** Whether there is anything to write. */
    boolean isWritten() {
      return enabled && (!addresses.isEmpty() || service != null);
    }
  }

  /**
   * The access log.
   *
   * @param file null for the standard output
   */
  public record Log(AccessLogOptions options, @Nullable Path file, boolean fixed) {
    /** As the options say, whatever the ConfigMap does. */
    public Log(AccessLogOptions options, @Nullable Path file) {
      this(options, file, true);
    }

    /** With the lines that a ConfigMap asks for. */
    Log configured(Map<String, String> data) {
      LogTemplate asked = StartSettings.read(data).accessLog();
      return fixed || asked == null ? this : new Log(options.withTemplate(asked), file, true);
    }
  }

  /** The validating webhook: where it is, and its certificate and key, PEM. */
  public record Webhook(InetSocketAddress address, Path certificate, Path key) {}
}
