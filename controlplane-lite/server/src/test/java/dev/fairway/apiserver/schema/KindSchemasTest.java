// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.apiserver.kinds.Kinds;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Field checks with the messages of a Kubernetes 1.36.3 API server. */
class KindSchemasTest {
  private final KindSchemas schemas = new KindSchemas(Kinds.all());

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          services | {'spec':{'ports':[{'port':'x'}]}} | json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32
          services | {'spec':{'ports':{'port':1}}} | json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort
          services | {'spec':{'selector':{'a':1}}} | json: cannot unmarshal number into Go struct field ServiceSpec.spec.selector of type string
          services | {'spec':{'ports':[{'port':1.5}]}} | json: cannot unmarshal number 1.5 into Go struct field ServicePort.spec.ports.port of type int32
          services | {'spec':{'ports':[{'port':3000000000}]}} | json: cannot unmarshal number 3000000000 into Go struct field ServicePort.spec.ports.port of type int32
          services | {'spec':{'ports':[{'targetPort':true}]}} | json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32
          services | {'spec':{'publishNotReadyAddresses':'x'}} | json: cannot unmarshal string into Go struct field ServiceSpec.spec.publishNotReadyAddresses of type bool
          services | {'metadata':{'labels':['a']}} | json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string
          services | {'metadata':{'creationTimestamp':'x'}} | parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"
          services | {'metadata':'x'} | json: cannot unmarshal string into Go struct field Service.metadata of type v1.ObjectMeta
          pods     | {'spec':{'containers':[{'command':'x'}]}} | json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string
          pods     | {'spec':{'containers':[{'resources':{'limits':{'cpu':'abc'}}}]}} | quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'
          secrets  | {'data':{'a':'!!'}} | illegal base64 data at input byte 0
          """)
  void typeErrors(String plural, String json, String message) {
    assertThat(schemas.typeError(resource(plural), object(json))).isEqualTo(message);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          services  | {'kind':'Service','spec':{'ports':[{'port':1,'targetPort':'x'}],'selector':{'a':'b'}}}
          pods      | {'spec':{'containers':[{'resources':{'limits':{'cpu':1,'memory':'1Gi','x':'1e3'}}}]}}
          leases    | {'spec':{'renewTime':'2026-01-02T03:04:05.123456Z'}}
          secrets   | {'data':{'a':'','b':'AQ==','c':'AQI=','d':'AQID'}}
          configmaps| {'data':null,'metadata':{'creationTimestamp':null}}
          """)
  void goodTypes(String plural, String json) {
    ObjectNode o = object(json);
    assertThat(schemas.dropUnknownFields(resource(plural), o)).isEmpty();
    assertThat(schemas.typeError(resource(plural), o)).isNull();
  }

  @Test
  void unknownFieldsAreRemovedAndNamedWithTheirPlace() {
    ObjectNode o =
        object(
            "{'spec':{'ports':[{'port':1,'foo':1},{'bar':2}],'Ports':[],'selector':{'any':'x'}},'x':1}");
    assertThat(schemas.dropUnknownFields(resource("services"), o))
        .containsExactly("spec.ports[0].foo", "spec.ports[1].bar", "spec.Ports", "x");
    assertThat(o).isEqualTo(object("{'spec':{'ports':[{'port':1},{}],'selector':{'any':'x'}}}"));
  }

  @Test
  void nullsVanishAndNumericQuantitiesBecomeText() {
    ObjectNode o =
        object("{'spec':{'nodeName':null,'containers':[{'resources':{'limits':{'cpu':2}}}]}}");
    assertThat(schemas.dropUnknownFields(resource("pods"), o)).isEmpty();
    assertThat(o)
        .isEqualTo(object("{'spec':{'containers':[{'resources':{'limits':{'cpu':'2'}}}]}}"));
  }

  @Test
  void everyKindHasASchemaAndIsInTheDocumentOfItsGroup() {
    for (ResourceDescriptor resource : Kinds.all()) {
      assertThat(Schemas.get().kind(resource.group(), resource.version(), resource.kind()))
          .as(resource.toString())
          .isNotNull();
      JsonNode document = openApi(resource.urlRoot());
      if (!resource.isStored()) {
        assertThat(document.toString()).contains("/" + resource.plural() + "\":{\"post\"");
        continue;
      }
      String scope = resource.namespaced() ? "/namespaces/{namespace}" : "";
      String path = "/" + resource.urlRoot() + scope + "/" + resource.plural() + "/{name}";
      JsonNode patch = document.path("paths").path(path).path("patch");
      assertThat(patch.path("x-kubernetes-group-version-kind").path("kind").asString())
          .isEqualTo(resource.kind());
      assertThat(patch.path("parameters").valueStream().map(p -> p.path("name").asString()))
          .as("kubectl leaves validation to the server when it sees this")
          .contains("fieldValidation");
    }
  }

  @Test
  void openApiReferencesResolveAndFieldsAreDescribed() {
    JsonNode document = openApi("api/v1");
    JsonNode components = document.path("components").path("schemas");
    String text = document.toString();
    String marker = "#/components/schemas/";
    for (int at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) {
      String name = text.substring(at + marker.length(), text.indexOf('"', at));
      assertThat(components.has(name)).as(name).isTrue();
    }
    JsonNode ports =
        components.path("io.k8s.api.core.v1.ServiceSpec").path("properties").path("ports");
    assertThat(ports.path("description").asString()).startsWith("The list of ports");
    assertThat(ports.path("x-kubernetes-patch-merge-key").asString()).isEqualTo("port");
    assertThat(schemas.openApiV3("apis/none/v1")).isNull();
  }

  @Test
  void documentsKeepTheLastOfTwoFieldsAndNameIt() throws SchemaException {
    JsonDocument document =
        JsonDocument.parse(
            "{\"a\":[{\"b\":1,\"b\":2}],\"c\":1,\"c\":{}}".getBytes(StandardCharsets.UTF_8));
    assertThat(document.tree()).isEqualTo(object("{'a':[{'b':2}],'c':{}}"));
    assertThat(document.duplicates())
        .containsExactly("duplicate field \"a[0].b\"", "duplicate field \"c\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"``", "{bad", "{} {}", "[1", "{'a':}"})
  void badDocumentsAreRefused(String text) {
    byte[] json = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> JsonDocument.parse(json)).isInstanceOf(SchemaException.class);
  }

  @Test
  void deeplyNestedDocumentsAreRefused() {
    byte[] json = "[".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> JsonDocument.parse(json)).isInstanceOf(SchemaException.class);
  }

  private JsonNode openApi(String root) {
    return JsonMapper.shared().readTree(Objects.requireNonNull(schemas.openApiV3(root)));
  }

  private static ResourceDescriptor resource(String plural) {
    return Kinds.all().stream().filter(r -> r.plural().equals(plural)).findFirst().orElseThrow();
  }

  private static ObjectNode object(String json) {
    return (ObjectNode) JsonMapper.shared().readTree(json.replace('\'', '"'));
  }
}
