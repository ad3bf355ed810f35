// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.codec.KubeCodec;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The API server refused a request: what its Status object says. */
public final class KubeApiException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_PLAIN_TEXT = 500;

  private final int code;
  private final String reason;
  private final transient @Nullable ObjectNode status;

  public KubeApiException(int code, String reason, String message, @Nullable ObjectNode status) {
    super(message.isEmpty() ? "HTTP " + code : message);
    this.code = code;
    this.reason = reason;
    this.status = status;
  }

  /** From a Status object. */
  static KubeApiException of(ObjectNode status) {
    return new KubeApiException(
        status.path("code").asInt(0),
        status.path("reason").asString(""),
        status.path("message").asString(""),
        status);
  }

  /** From an answer that is not 2xx; its body is a Status or any text. */
  static KubeApiException of(int code, byte[] body) {
    try {
      JsonNode tree = KubeCodec.json().readTree(body);
      if (tree instanceof ObjectNode object && object.path("kind").asString("").equals("Status")) {
        return new KubeApiException(
            code, object.path("reason").asString(""), object.path("message").asString(""), object);
      }
    } catch (JacksonException plainText) {
      // Proxies and health endpoints answer in plain text.
    }
    String text = new String(body, StandardCharsets.UTF_8).strip();
    String shown =
        text.length() > LONGEST_PLAIN_TEXT ? text.substring(0, LONGEST_PLAIN_TEXT) + "…" : text;
    return new KubeApiException(
        code, "", "HTTP " + code + (shown.isEmpty() ? "" : ": " + shown), null);
  }

  /** The HTTP status code. */
  public int code() {
    return code;
  }

  /** The machine-readable reason such as NotFound, AlreadyExists, Conflict, Expired; or "". */
  public String reason() {
    return reason;
  }

  /** The whole Status object, or null where the answer was none. */
  public @Nullable ObjectNode status() {
    return status;
  }

  /** 404. */
  public boolean isNotFound() {
    return code == 404;
  }

  /** 409: somebody else was faster, or the object exists. */
  public boolean isConflict() {
    return code == 409;
  }

  /** 409 because an object with the name exists. */
  public boolean isAlreadyExists() {
    return code == 409 && reason.equals("AlreadyExists");
  }

  /** 410: the resource version or continue token is too old. */
  public boolean isGone() {
    return code == 410;
  }

  /** How long the server asks to wait before the next try, in seconds; 0 if it does not ask. */
  public int retryAfterSeconds() {
    return status == null ? 0 : status.path("details").path("retryAfterSeconds").asInt(0);
  }
}
