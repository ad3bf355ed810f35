// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import java.io.IOException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Questions about rights, as {@code kubectl auth} asks them: who am I, may I, what may I. The
 * {@link Authorizer} that decides about requests answers them.
 */
final class ReviewHandler {
  private static final String RESOURCE = "resourceAttributes";
  private static final String PATH = "nonResourceAttributes";
  private static final List<String> VERBS =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  private final List<ResourceDescriptor> resources;
  private final Body body;
  private final InstantSource clock;

  ReviewHandler(List<ResourceDescriptor> resources, Body body, InstantSource clock) {
    this.resources = resources;
    this.body = body;
    this.clock = clock;
  }

  /** Answers a review that a client "creates". */
  void answer(Call call) throws IOException, StatusException {
    Representation.negotiate(call.exchange().header("Accept")); // throws if JSON will not do
    ResourceDescriptor resource = call.resource();
    Body.Decoded decoded = body.object(call.exchange(), resource, call.parameters());
    ObjectNode review = decoded.tree();
    ObjectNode status = Json.object();
    switch (resource.kind()) {
      case "SelfSubjectReview" -> {
        Json.metadata(review)
            .put("creationTimestamp", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        whoAmI(call.user(), status);
      }
      case "SelfSubjectRulesReview" -> {
        if (review.path("spec").path("namespace").asString("").isEmpty()) {
          throw StatusException.badRequest("no namespace on request");
        }
        rules(call.user(), status);
      }
      default -> {
        validate(call, review);
        User subject = resource.kind().startsWith("Self") ? call.user() : subject(review);
        status.put("allowed", allowed(subject, review.path("spec")));
      }
    }
    review.set("status", status);
    Replies.bytes(call.exchange(), 201, "application/json", decoded.warnings(), Json.bytes(review));
  }

  private static void whoAmI(User user, ObjectNode status) {
    ObjectNode info = status.putObject("userInfo").put("username", user.name());
    ArrayNode groups = info.putArray("groups");
    user.groups().forEach(groups::add);
  }

  private static User subject(ObjectNode review) {
    List<String> groups = new ArrayList<>();
    review.path("spec").path("groups").forEach(group -> groups.add(group.asString("")));
    return new User(review.path("spec").path("user").asString(""), groups);
  }

  private static boolean allowed(User user, JsonNode spec) {
    JsonNode path = spec.get(PATH);
    if (path != null) {
      return Authorizer.allowsPath(
          user, path.path("verb").asString(""), path.path("path").asString(""));
    }
    JsonNode asked = spec.path(RESOURCE);
    return Authorizer.allows(
        user,
        asked.path("verb").asString(""),
        asked.path("group").asString(""),
        asked.path("resource").asString(""),
        asked.path("subresource").asString(""));
  }

  /** The checks of Kubernetes in its order. */
  private static void validate(Call call, ObjectNode review) throws StatusException {
    List<FieldError> errors = new ArrayList<>();
    ResourceDescriptor resource = call.resource();
    JsonNode spec = review.path("spec");
    boolean local = resource.namespaced();
    if (spec.has(RESOURCE) && spec.has(PATH)) {
      errors.add(
          FieldError.invalid(
              "spec." + PATH,
              spec.get(PATH),
              "cannot be specified in combination with resourceAttributes"));
    } else if (!spec.has(RESOURCE) && !spec.has(PATH)) {
      errors.add(
          FieldError.invalid(
              "spec." + RESOURCE,
              (JsonNode) null,
              "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
    }
    boolean self = resource.kind().startsWith("Self");
    if (!self && spec.path("user").asString("").isEmpty() && spec.path("groups").isEmpty()) {
      errors.add(
          FieldError.invalid("spec.user", "", "at least one of user or group must be specified"));
    }
    if (local && spec.has(PATH)) {
      errors.add(
          FieldError.invalid("spec." + PATH, spec.get(PATH), "disallowed on this kind of request"));
    } else if (local) {
      String namespace = spec.path(RESOURCE).path("namespace").asString("");
      if (spec.has(RESOURCE) && !namespace.equals(call.namespace())) {
        errors.add(
            FieldError.invalid(
                "spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"));
      }
    }
    ObjectNode metadata = Json.metadata(review);
    if (!(local ? metadata.deepCopy().without("namespace") : metadata).isEmpty()) {
      errors.add(FieldError.invalid("metadata", metadata, "must be empty"));
    }
    if (!errors.isEmpty()) {
      throw StatusException.invalid(resource, Json.meta(review, "name"), errors);
    }
  }

  /** Everything that a user may do: each served resource is tried. */
  private void rules(User user, ObjectNode status) {
    ArrayNode rules = status.putArray("resourceRules");
    ArrayNode paths = status.putArray("nonResourceRules");
    if (Authorizer.isFull(user)) {
      rule(rules, List.of("*"), "*", List.of("*"));
      urls(paths, "*", List.of("*"));
    } else {
      Map<String, Map<List<String>, List<String>>> byGroup = new LinkedHashMap<>();
      for (ResourceDescriptor resource : resources) {
        collect(user, resource, "", byGroup);
        for (String subresource : new TreeSet<>(resource.subresources())) {
          collect(user, resource, subresource, byGroup);
        }
      }
      byGroup.forEach(
          (group, byVerbs) -> byVerbs.forEach((verbs, names) -> rule(rules, verbs, group, names)));
      urls(paths, "get", Authorizer.OPEN_PATHS);
    }
    status.put("incomplete", false);
  }

  private static void collect(
      User user,
      ResourceDescriptor resource,
      String subresource,
      Map<String, Map<List<String>, List<String>>> byGroup) {
    List<String> candidates = subresource.isEmpty() ? resource.verbs() : VERBS;
    List<String> verbs =
        candidates.stream()
            .filter(verb ->
                Authorizer.allows(user, verb, resource.group(), resource.plural(), subresource))
            .toList();
    if (!verbs.isEmpty()) {
      String name = resource.plural() + (subresource.isEmpty() ? "" : "/" + subresource);
      byGroup
          .computeIfAbsent(resource.group(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(verbs, _ -> new ArrayList<>())
          .add(name);
    }
  }

  private static void rule(ArrayNode rules, List<String> verbs, String group, List<String> names) {
    ObjectNode rule = rules.addObject();
    verbs.forEach(rule.putArray("verbs")::add);
    rule.putArray("apiGroups").add(group);
    names.forEach(rule.putArray("resources")::add);
  }

  private static void urls(ArrayNode rules, String verb, List<String> paths) {
    ObjectNode rule = rules.addObject();
    rule.putArray("verbs").add(verb);
    paths.forEach(rule.putArray("nonResourceURLs")::add);
  }
}
