// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request that ends with a Kubernetes Status of failure. The texts are those of Kubernetes'
 * apimachinery, since clients and people search for them. Stackless: this is an answer, not a
 * defect.
 */
public final class StatusException extends Exception {
  private final int code;
  private final String reason;
  private final transient @Nullable ObjectNode details;

  /**
   * Any failure.
   *
   * @param code HTTP status
   * @param reason Kubernetes StatusReason
   * @param details the details object of the Status, or null
   */
  public StatusException(int code, String reason, String message, @Nullable ObjectNode details) {
    super(message, null, false, false);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  public static StatusException notFound(ResourceDescriptor r, String name) {
    return about(404, "NotFound", r.groupResource() + " " + quoted(name) + " not found", r, name);
  }

  public static StatusException alreadyExists(ResourceDescriptor r, String name) {
    return about(
        409, "AlreadyExists", r.groupResource() + " " + quoted(name) + " already exists", r, name);
  }

  /** 409 with "Operation cannot be fulfilled on ...: cause". */
  public static StatusException conflict(ResourceDescriptor r, String name, String cause) {
    return about(
        409,
        "Conflict",
        "Operation cannot be fulfilled on " + r.groupResource() + " " + quoted(name) + ": " + cause,
        r,
        name);
  }

  /** The conflict of optimistic concurrency. */
  public static StatusException modified(ResourceDescriptor r, String name) {
    return conflict(
        r,
        name,
        "the object has been modified; please apply your changes to the latest version and try"
            + " again");
  }

  /** 422 with one cause per error. */
  public static StatusException invalid(
      ResourceDescriptor r, String name, List<FieldError> errors) {
    StringBuilder all = new StringBuilder();
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("name", name).put("group", r.group()).put("kind", r.kind());
    ArrayNode causes = details.putArray("causes");
    for (FieldError error : errors) {
      if (!all.isEmpty()) {
        all.append(", ");
      }
      all.append(error);
      ObjectNode cause = causes.addObject();
      cause.put("reason", error.type().reason());
      cause.put("message", error.body());
      cause.put("field", error.field());
    }
    String list = errors.size() == 1 ? all.toString() : "[" + all + "]";
    return new StatusException(
        422,
        "Invalid",
        r.groupKind() + " " + quoted(name) + " is invalid: " + list,
        withoutEmpty(details));
  }

  public static StatusException forbidden(ResourceDescriptor r, String name, String cause) {
    String what = name.isEmpty() ? r.groupResource() : r.groupResource() + " " + quoted(name);
    return about(403, "Forbidden", what + " is forbidden: " + cause, r, name);
  }

  public static StatusException badRequest(String message) {
    return new StatusException(400, "BadRequest", message, null);
  }

  public static StatusException internal(String message) {
    return new StatusException(
        500, "InternalError", "Internal error occurred: " + message, causes("", message));
  }

  /** 410: the revision asked for is no longer kept. */
  public static StatusException expired(String message) {
    return new StatusException(410, "Expired", message, null);
  }

  /** 429 with a retry hint. */
  public static StatusException tooManyRequests(String message, int retryAfterSeconds) {
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("retryAfterSeconds", retryAfterSeconds);
    return new StatusException(429, "TooManyRequests", message, details);
  }

  public static StatusException serviceUnavailable(String message) {
    return new StatusException(503, "ServiceUnavailable", message, null);
  }

  /** A Status about one object of a resource. */
  public static StatusException about(
      int code, String reason, String message, ResourceDescriptor r, String name) {
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("name", name).put("group", r.group()).put("kind", r.plural());
    return new StatusException(code, reason, message, withoutEmpty(details));
  }

  /** HTTP status. */
  public int code() {
    return code;
  }

  /** Kubernetes StatusReason. */
  public String reason() {
    return reason;
  }

  /** The message, never null. */
  public String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }

  /** The Status object to send. */
  public ObjectNode toStatus() {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", "Failure").put("message", text()).put("reason", reason);
    if (details != null) {
      status.set("details", details);
    }
    return status.put("code", code);
  }

  private static ObjectNode causes(String reason, String message) {
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    ObjectNode cause = details.putArray("causes").addObject();
    if (!reason.isEmpty()) {
      cause.put("reason", reason);
    }
    cause.put("message", message);
    return details;
  }

  private static ObjectNode withoutEmpty(ObjectNode details) {
    for (String key : List.of("name", "group")) {
      if (details.path(key).asString("").isEmpty()) {
        details.remove(key);
      }
    }
    return details;
  }

  private static String quoted(String name) {
    return "\"" + name + "\"";
  }
}
