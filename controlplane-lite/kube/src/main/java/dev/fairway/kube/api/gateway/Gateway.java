// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.GatewayApiObject;
import dev.fairway.kube.api.LabelSelector;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Gateway: addresses and listeners. */
public record Gateway(ObjectMeta metadata, Spec spec, @Nullable Status status)
    implements GatewayApiObject {
  public Gateway {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec("", List.of(), List.of(), null, null, null) : spec;
  }

  /**
   * What is asked for.
   *
   * @param addresses wanted addresses; empty for whatever the controller assigns
   * @param allowedListeners which ListenerSets may attach; absent means none
   */
  public record Spec(
      String gatewayClassName,
      List<Listener> listeners,
      List<Address> addresses,
      @Nullable Infrastructure infrastructure,
      @Nullable AllowedListeners allowedListeners,
      @Nullable Tls tls) {
    public Spec {
      gatewayClassName = Absent.asEmpty(gatewayClassName);
      listeners = Absent.asEmpty(listeners);
      addresses = Absent.asEmpty(addresses);
    }
  }

  /**
   * A port with what is served there; also an entry of a {@link ListenerSet}.
   *
   * @param hostname null or "" for every host
   * @param protocol HTTP, HTTPS, TLS, TCP or UDP
   */
  public record Listener(
      String name,
      @Nullable String hostname,
      int port,
      String protocol,
      @Nullable ListenerTls tls,
      @Nullable AllowedRoutes allowedRoutes) {
    public Listener {
      name = Absent.asEmpty(name);
      protocol = Absent.asEmpty(protocol);
    }
  }

  /**
   * How a listener handles TLS.
   *
   * @param mode Terminate (where absent) or Passthrough
   */
  public record ListenerTls(
      @Nullable String mode, List<ObjectRef> certificateRefs, Map<String, String> options) {
    public ListenerTls {
      certificateRefs = Absent.asEmpty(certificateRefs);
      options = Absent.asEmpty(options);
    }
  }

  /** Which routes may attach to a listener. */
  public record AllowedRoutes(@Nullable Namespaces namespaces, List<GroupKind> kinds) {
    public AllowedRoutes {
      kinds = Absent.asEmpty(kinds);
    }
  }

  /**
   * Namespaces by relation or by label.
   *
   * @param from All, Selector, Same or None; null for the default of the place
   */
  public record Namespaces(@Nullable String from, @Nullable LabelSelector selector) {}

  /** A kind of route; the group defaults to that of the Gateway API. */
  public record GroupKind(@Nullable String group, String kind) {
    public GroupKind {
      kind = Absent.asEmpty(kind);
    }
  }

  /** Which ListenerSets may attach. */
  public record AllowedListeners(@Nullable Namespaces namespaces) {}

  /**
   * An address.
   *
   * @param type IPAddress (where absent), Hostname or a domain-prefixed name
   */
  public record Address(@Nullable String type, String value) {
    public Address {
      value = Absent.asEmpty(value);
    }
  }

  /** What the controller is to give to the objects it makes for the Gateway. */
  public record Infrastructure(
      Map<String, String> labels,
      Map<String, String> annotations,
      @Nullable ObjectRef parametersRef) {
    public Infrastructure {
      labels = Absent.asEmpty(labels);
      annotations = Absent.asEmpty(annotations);
    }
  }

  /** TLS towards the backends and towards clients. */
  public record Tls(@Nullable BackendTls backend, @Nullable FrontendTls frontend) {}

  /** The certificate that backends are shown. */
  public record BackendTls(@Nullable ObjectRef clientCertificateRef) {}

  /**
   * Which client certificates are asked for.
   *
   * @param byDefault on every port without settings of its own; {@code default} in JSON
   */
  public record FrontendTls(@Nullable TlsConfig byDefault, List<PortTls> perPort) {
    public FrontendTls {
      perPort = Absent.asEmpty(perPort);
    }
  }

  /** The settings of one port. */
  public record PortTls(int port, @Nullable TlsConfig tls) {}

  /** Settings of TLS towards clients. */
  public record TlsConfig(@Nullable ClientValidation validation) {}

  /**
   * How client certificates are verified.
   *
   * @param mode AllowValidOnly (where absent) or AllowInsecureFallback
   */
  public record ClientValidation(List<ObjectRef> caCertificateRefs, @Nullable String mode) {
    public ClientValidation {
      caCertificateRefs = Absent.asEmpty(caCertificateRefs);
    }
  }

  /** What the controller says of the Gateway. */
  public record Status(
      List<Address> addresses,
      List<Condition> conditions,
      List<ListenerStatus> listeners,
      @Nullable Integer attachedListenerSets) {
    public Status {
      addresses = Absent.asEmpty(addresses);
      conditions = Absent.asEmpty(conditions);
      listeners = Absent.asEmpty(listeners);
    }
  }

  /** What the controller says of a listener. */
  public record ListenerStatus(
      String name, List<GroupKind> supportedKinds, int attachedRoutes, List<Condition> conditions) {
    public ListenerStatus {
      name = Absent.asEmpty(name);
      supportedKinds = Absent.asEmpty(supportedKinds);
      conditions = Absent.asEmpty(conditions);
    }
  }
}
