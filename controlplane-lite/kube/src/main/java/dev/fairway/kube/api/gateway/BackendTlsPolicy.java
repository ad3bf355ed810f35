// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.GatewayApiObject;
import dev.fairway.kube.api.ObjectMeta;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A BackendTLSPolicy: how TLS to Services is verified. */
public record BackendTlsPolicy(ObjectMeta metadata, Spec spec, @Nullable Status status)
    implements GatewayApiObject {
  public BackendTlsPolicy {
    metadata = Absent.required(metadata, "metadata");
    spec = spec == null ? new Spec(List.of(), null, Map.of()) : spec;
  }

  /** Services, by port name where a section is named, and how they are verified. */
  public record Spec(
      List<ObjectRef> targetRefs, @Nullable Validation validation, Map<String, String> options) {
    public Spec {
      targetRefs = Absent.asEmpty(targetRefs);
      options = Absent.asEmpty(options);
    }
  }

  /**
   * What a backend's certificate must satisfy.
   *
   * @param caCertificateRefs ConfigMaps with {@code ca.crt}
   * @param wellKnownCACertificates System for those of the operating system
   * @param hostname sent as SNI; the name in the certificate where no alternative names are given
   */
  public record Validation(
      List<ObjectRef> caCertificateRefs,
      @Nullable String wellKnownCACertificates,
      String hostname,
      List<AlternativeName> subjectAltNames) {
    public Validation {
      caCertificateRefs = Absent.asEmpty(caCertificateRefs);
      hostname = Absent.asEmpty(hostname);
      subjectAltNames = Absent.asEmpty(subjectAltNames);
    }
  }

  /**
   * A name of which the certificate must have one.
   *
   * @param type Hostname or URI
   */
  public record AlternativeName(String type, String hostname, String uri) {
    public AlternativeName {
      type = Absent.asEmpty(type);
      hostname = Absent.asEmpty(hostname);
      uri = Absent.asEmpty(uri);
    }
  }

  /** What controllers say, by Gateway. */
  public record Status(List<Ancestor> ancestors) {
    public Status {
      ancestors = Absent.asEmpty(ancestors);
    }
  }

  /** What one controller says of the policy at one Gateway. */
  public record Ancestor(
      @Nullable ParentRef ancestorRef, String controllerName, List<Condition> conditions) {
    public Ancestor {
      controllerName = Absent.asEmpty(controllerName);
      conditions = Absent.asEmpty(conditions);
    }
  }
}
