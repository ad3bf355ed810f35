// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.admission;

import dev.fairway.ingress.translate.IngressObjects;
import dev.fairway.ingress.translate.admission.Finding.Severity;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers reviews of the API server (admission.k8s.io/v1): denies Ingresses of ours that would not
 * be served as they are written, warns of what has no effect, lets everything else pass. Works on
 * what is in memory. Thread-safe.
 */
public final class AdmissionReview {
  private static final int MAX_WARNINGS = 10;
  private static final int MAX_TEXT = 1000;

  private final IngressCheck check;
  private final Supplier<@Nullable IngressObjects> objects;
  private final LongAdder allowed = new LongAdder();
  private final LongAdder denied = new LongAdder();

  /**
   * Reviews against the objects of a cluster.
   *
   * @param objects as they are known; null where they are not yet
   */
  public AdmissionReview(IngressCheck check, Supplier<@Nullable IngressObjects> objects) {
    this.check = check;
    this.objects = objects;
  }

  /**
   * Answers a review.
   *
   * @param body JSON in UTF-8
   * @return JSON in UTF-8
   * @throws IllegalArgumentException where the body is no review
   */
  public byte[] answer(byte[] body) {
    JsonNode review;
    try {
      review = KubeCodec.json().readTree(body);
    } catch (JacksonException notJson) {
      throw new IllegalArgumentException("the body is not JSON", notJson);
    }
    JsonNode request = review.path("request");
    String uid = request.path("uid").asString("");
    if (!review.path("kind").asString("").equals("AdmissionReview") || uid.isEmpty()) {
      throw new IllegalArgumentException("the body is no AdmissionReview with a request");
    }
    ObjectNode answer = KubeCodec.json().createObjectNode();
    answer.put("apiVersion", review.path("apiVersion").asString("admission.k8s.io/v1"));
    answer.put("kind", "AdmissionReview");
    ObjectNode response = answer.putObject("response").put("uid", uid);
    decide(request, response);
    (response.path("allowed").asBoolean() ? allowed : denied).increment();
    return KubeCodec.json().writeValueAsBytes(answer);
  }

  /** Reviews that were let pass. */
  public long allowed() {
    return allowed.sum();
  }

  /** Reviews that were denied. */
  public long denied() {
    return denied.sum();
  }

  private void decide(JsonNode request, ObjectNode response) {
    JsonNode object = request.path("object");
    JsonNode kind = request.path("kind");
    IngressObjects known = objects.get();
    boolean ingress =
        kind.path("kind").asString("").equals("Ingress")
            && kind.path("group").asString("").equals("networking.k8s.io");
    if (!ingress || !object.isObject() || known == null) {
      response.put("allowed", true);
      return;
    }
    Ingress candidate;
    try {
      candidate = KubeCodec.decode(Resource.INGRESSES, named(request, (ObjectNode) object));
    } catch (CodecException malformed) {
      deny(response, "the Ingress cannot be read: " + malformed.getMessage());
      return;
    }
    if (candidate.metadata().isTerminating() || !check.isOurs(candidate, known)) {
      response.put("allowed", true);
      return;
    }
    List<Finding> findings = check.check(candidate, known);
    StringBuilder errors = new StringBuilder();
    ArrayNode warnings = KubeCodec.json().createArrayNode();
    for (Finding finding : findings) {
      String text = finding.reason() + ": " + finding.message();
      if (finding.severity() == Severity.ERROR) {
        errors.append(errors.isEmpty() ? "" : "; ").append(text);
      } else if (warnings.size() < MAX_WARNINGS) {
        warnings.add(bounded(text, 250));
      }
    }
    if (!warnings.isEmpty()) {
      response.set("warnings", warnings);
    }
    if (errors.isEmpty()) {
      response.put("allowed", true);
    } else {
      deny(response, errors.toString());
    }
  }

  /** An object that is being created may lack what the request says beside it. */
  private static ObjectNode named(JsonNode request, ObjectNode object) {
    ObjectNode copy = object.deepCopy();
    ObjectNode metadata = copy.withObjectProperty("metadata");
    if (metadata.path("name").asString("").isEmpty()) {
      metadata.put("name", metadata.path("generateName").asString("") + "new");
    }
    if (metadata.path("namespace").asString("").isEmpty()) {
      metadata.put("namespace", request.path("namespace").asString(""));
    }
    return copy;
  }

  private static void deny(ObjectNode response, String message) {
    response.put("allowed", false);
    response
        .putObject("status")
        .put("code", 422)
        .put("reason", "Invalid")
        .put("message", bounded(message, MAX_TEXT));
  }

  private static String bounded(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 3) + "...";
  }
}
