// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.registry.Admission;
import dev.fairway.apiserver.registry.AdmissionRequest.Operation;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.schema.KindSchemas;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a Kubernetes 1.36.3 API server answered to writes, against ours: the causes of a refusal in
 * order, or what it stored. Each row of recorded.json is a create, or an update if it has "old".
 */
class RecordedBehaviourTest {
  private static final Map<String, ResourceDescriptor> RESOURCES = resources();
  private static final KindSchemas SCHEMAS = new KindSchemas(Kinds.all());
  private static final String KUBERNETES =
      "{'metadata':{'name':'kubernetes','namespace':'default'},"
          + "'spec':{'type':'ClusterIP','clusterIP':'10.96.0.1','clusterIPs':['10.96.0.1']}}";

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void answersAsKubernetes(String name, JsonNode row) {
    ResourceDescriptor resource =
        Objects.requireNonNull(RESOURCES.get(row.path("resource").asString()));
    ObjectNode next = (ObjectNode) row.path("object").deepCopy();
    ObjectNode old = row.get("old") instanceof ObjectNode stored ? stored.deepCopy() : null;
    List<String> problems = write(resource, next, old);
    List<String> expected = new ArrayList<>();
    for (JsonNode cause : row.path("causes")) {
      expected.add(cause.path("field").asString("") + ": " + cause.path("message").asString(""));
    }
    assertThat(problems).as(name).containsExactlyInAnyOrderElementsOf(expected);
    if (row.get("stored") instanceof ObjectNode stored) {
      ObjectNode given = (ObjectNode) row.path("object");
      assertThat(comparable(next, given)).isEqualTo(comparable(stored, given));
    }
  }

  private static List<String> write(
      ResourceDescriptor resource, ObjectNode next, @Nullable ObjectNode old) {
    assertThat(SCHEMAS.dropUnknownFields(resource, next)).isEmpty();
    assertThat(SCHEMAS.typeError(resource, next)).isNull();
    resource.strategy().applyDefaults(next);
    if (old == null) {
      resource.strategy().prepareForCreate(next);
    } else {
      resource.strategy().prepareForUpdate(next, old, null);
    }
    FakeObjects objects =
        old == null
            ? FakeObjects.of(KUBERNETES)
            : new FakeObjects(List.of(FakeObjects.parse(KUBERNETES), old));
    try {
      Operation operation = old == null ? Operation.CREATE : Operation.UPDATE;
      for (Admission step : Kinds.admissions(List.of("10.96.0.0/16"), 30000, 32767)) {
        if (step.handles(resource)) {
          step.start(objects);
          step.admit(new FakeRequest(operation, resource, next, old, objects));
        }
      }
    } catch (StatusException e) {
      List<String> causes = new ArrayList<>();
      for (JsonNode cause : e.toStatus().path("details").path("causes")) {
        causes.add(cause.path("field").asString("") + ": " + cause.path("message").asString(""));
      }
      return causes;
    }
    return resource.strategy().validate(next, old, null).stream()
        .map(FieldError::toString)
        .toList();
  }

  /** Without what is random: addresses and ports that the client did not give. */
  private static ObjectNode comparable(ObjectNode o, ObjectNode given) {
    ObjectNode out = (ObjectNode) JsonMapper.shared().readTree(o.toString());
    out.properties().removeIf(field -> field.getValue().isNull());
    JsonNode givenSpec = given.path("spec");
    out.remove("metadata");
    if (o.path("metadata").has("generation")) {
      out.put("generation", o.path("metadata").path("generation").asInt());
    }
    out.set("labels", o.path("metadata").path("labels").deepCopy());
    if (!(out.get("spec") instanceof ObjectNode spec)) {
      return out;
    }
    String text = givenSpec.toString();
    if (spec.has("clusterIP") && !text.contains("\"clusterIP\"")) {
      spec.put("clusterIP", "any");
      spec.put("clusterIPs", spec.path("clusterIPs").size());
    }
    for (JsonNode port : spec.path("ports")) {
      if (port.has("nodePort") && !text.contains("\"nodePort\"")) {
        ((ObjectNode) port).put("nodePort", "any");
      }
    }
    if (spec.has("healthCheckNodePort") && !givenSpec.has("healthCheckNodePort")) {
      spec.put("healthCheckNodePort", "any");
    }
    return out;
  }

  private static Map<String, ResourceDescriptor> resources() {
    Map<String, ResourceDescriptor> out = new HashMap<>();
    Kinds.all().forEach(r -> out.put(r.plural(), r));
    return out;
  }

  static Stream<Arguments> rows() {
    try (InputStream in = RecordedBehaviourTest.class.getResourceAsStream("recorded.json")) {
      ArrayNode rows = (ArrayNode) JsonMapper.shared().readTree(in);
      return rows.valueStream().map(row -> Arguments.of(row.path("name").asString(), row));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
