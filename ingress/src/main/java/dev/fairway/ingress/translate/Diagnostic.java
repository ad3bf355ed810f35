// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.kube.api.ObjectKey;

/**
 * Something about an object that its owner should know.
 *
 * @param message one sentence for people
 */
public record Diagnostic(
    Subject subject, ObjectKey object, String uid, Reason reason, String message) {
  /** What kind of object it is about. */
  public enum Subject {
    INGRESS,
    /** That of the gateway. */
    CONFIG_MAP
  }

  /** About an Ingress. */
  public Diagnostic(ObjectKey ingress, String uid, Reason reason, String message) {
    this(Subject.INGRESS, ingress, uid, reason, message);
  }

  /** What kind of thing; the reason of the Event. */
  public enum Reason {
    CONFLICT("Conflict"),
    SERVICE_NOT_FOUND("ServiceNotFound"),
    SERVICE_PORT_NOT_FOUND("ServicePortNotFound"),
    SECRET_NOT_FOUND("SecretNotFound"),
    SECRET_INVALID("SecretInvalid"),
    CERTIFICATE_MISMATCH("CertificateMismatch"),
    UNSUPPORTED_BACKEND("UnsupportedBackend"),
    UNSUPPORTED_ANNOTATION("UnsupportedAnnotation"),
    UNKNOWN_ANNOTATION("UnknownAnnotation"),
    REFUSED_ANNOTATION("RefusedAnnotation"),
    ANNOTATION_INVALID("AnnotationInvalid"),
    INVALID_REGEX("InvalidRegex"),
    CANARY_IGNORED("CanaryIgnored"),
    INVALID_HOST("InvalidHost"),
    INVALID_PATH("InvalidPath"),
    INVALID_CLASS("InvalidClass"),
    UNSUPPORTED_KEY("UnsupportedKey"),
    UNKNOWN_KEY("UnknownKey"),
    REFUSED_KEY("RefusedKey"),
    KEY_INVALID("KeyInvalid"),
    RESTART_NEEDED("RestartNeeded"),
    INVALID("Invalid");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** The text in the Event. */
    public String text() {
      return text;
    }
  }
}
