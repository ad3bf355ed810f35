// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.registry.AdmissionRequest.Operation;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the recorded tables do not hold: updates of pods, subresources, large objects, deletion,
 * field selectors.
 */
class StrategiesTest {
  private static final String POD =
      "{'metadata':{'name':'p','generation':1},'spec':{'containers':[{'name':'a','image':'b'}],"
          + "'activeDeadlineSeconds':5,'tolerations':[{'key':'k','operator':'Exists'}]}}";

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          image            | 'image':'b'            | 'image':'c'            | ``
          command          | 'image':'b'            | 'image':'b','command':['x'] | spec
          container added  | {'name':'a'            | {'name':'z','image':'z'},{'name':'a' | spec.containers
          deadline lower   | 'activeDeadlineSeconds':5 | 'activeDeadlineSeconds':4 | ``
          deadline higher  | 'activeDeadlineSeconds':5 | 'activeDeadlineSeconds':6 | spec.activeDeadlineSeconds
          deadline removed | 'activeDeadlineSeconds':5, | `` | spec.activeDeadlineSeconds
          toleration added | 'tolerations':[        | 'tolerations':[{'key':'n','operator':'Exists'}, | ``
          toleration gone  | {'key':'k','operator':'Exists'} | {'key':'n','operator':'Exists'} | spec.tolerations
          """)
  void podUpdates(String name, String from, String to, String field) {
    KindStrategy pods = resource("pods").strategy();
    ObjectNode old = object(POD);
    ObjectNode next = object(POD.replace(from, to));
    pods.applyDefaults(old);
    pods.applyDefaults(next);
    pods.prepareForUpdate(next, old, null);
    List<String> fields = pods.validate(next, old, null).stream().map(FieldError::field).toList();
    assertThat(fields).as(name).isEqualTo(field.isEmpty() ? List.of() : List.of(field));
    assertThat(next.path("metadata").path("generation").asInt()).isEqualTo(2);
  }

  @Test
  void statusUpdateKeepsTheSpecAndPlainUpdateKeepsTheStatus() {
    KindStrategy pods = resource("pods").strategy();
    ObjectNode old = object(POD);
    old.putObject("status").put("phase", "Running");
    ObjectNode next = old.deepCopy();
    ((ObjectNode) next.path("spec")).put("nodeName", "n");
    next.putObject("status").put("phase", "Failed");
    ObjectNode plain = next.deepCopy();
    pods.prepareForUpdate(next, old, "status");
    assertThat(next.path("spec")).isEqualTo(old.path("spec"));
    assertThat(next.path("status").path("phase").asString()).isEqualTo("Failed");
    assertThat(next.path("metadata").path("generation").asInt()).isEqualTo(1);
    pods.prepareForUpdate(plain, old, null);
    assertThat(plain.path("status").path("phase").asString()).isEqualTo("Running");
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    "'',       ,   0",
    "n,        ,   30",
    "n,        7,  7",
    "n,        0,  0",
    "Succeeded, ,  0"
  })
  void podDeletionWaitsForTheNode(String node, Long requested, long seconds) {
    ObjectNode pod = object(POD);
    ((ObjectNode) pod.path("spec")).put("nodeName", node);
    if (node.equals("Succeeded")) {
      pod.putObject("status").put("phase", node);
    }
    assertThat(resource("pods").strategy().deletionGraceSeconds(pod, requested)).isEqualTo(seconds);
  }

  @Test
  void namespaceStaysUntilItsFinalizersAreTakenByFinalize() {
    KindStrategy namespaces = resource("namespaces").strategy();
    ObjectNode stored = object("{'metadata':{'name':'x'}}");
    namespaces.applyDefaults(stored);
    namespaces.prepareForCreate(stored);
    assertThat(namespaces.outlivesDeletion(stored)).isTrue();
    namespaces.prepareForDelete(stored);
    assertThat(stored.path("status").path("phase").asString()).isEqualTo("Terminating");
    ObjectNode next = stored.deepCopy();
    ((ObjectNode) next.path("spec")).putArray("finalizers");
    ObjectNode plain = next.deepCopy();
    namespaces.prepareForUpdate(plain, stored, null);
    assertThat(namespaces.outlivesDeletion(plain)).isTrue();
    namespaces.prepareForUpdate(next, stored, "finalize");
    assertThat(namespaces.outlivesDeletion(next)).isFalse();
  }

  @Test
  void largeConfigMapsAndSecretsAreRefused() {
    ObjectNode map = object("{'metadata':{'name':'x'},'data':{}}");
    ((ObjectNode) map.path("data")).put("a", "x".repeat(1024 * 1024 + 1));
    assertThat(resource("configmaps").strategy().validate(map, null, null))
        .extracting(FieldError::body)
        .containsExactly("Too long: may not be more than 1048576 bytes");
    ((ObjectNode) map.path("data")).put("a", "x".repeat(1024 * 1024));
    assertThat(resource("configmaps").strategy().validate(map, null, null)).isEmpty();
  }

  @Test
  void slicesHoldAThousandEndpointsOnLoopbackToo() {
    KindStrategy slices = resource("endpointslices").strategy();
    ObjectNode slice = object("{'metadata':{'name':'x'},'addressType':'IPv4'}");
    for (int i = 0; i < 1000; i++) {
      slice.withArray("endpoints").addObject().putArray("addresses").add("127.64.0.1");
    }
    assertThat(slices.validate(slice, null, null)).isEmpty();
    slice.withArray("endpoints").addObject().putArray("addresses").add("127.64.0.1");
    assertThat(slices.validate(slice, null, null))
        .extracting(FieldError::toString)
        .containsExactly("endpoints: Too many: 1001: must have at most 1000 items");
  }

  @Test
  void newIngressGetsTheDefaultClass() {
    FakeObjects classes =
        FakeObjects.of(
            "{'metadata':{'name':'other','creationTimestamp':'2026-01-02T00:00:00Z'}}",
            "{'metadata':{'name':'old','creationTimestamp':'2026-01-01T00:00:00Z','annotations':"
                + "{'ingressclass.kubernetes.io/is-default-class':'true'}}}",
            "{'metadata':{'name':'new','creationTimestamp':'2026-01-02T00:00:00Z','annotations':"
                + "{'ingressclass.kubernetes.io/is-default-class':'true'}}}");
    ObjectNode plain = object("{'metadata':{'name':'x'},'spec':{}}");
    ObjectNode chosen = object("{'metadata':{'name':'x'},'spec':{'ingressClassName':'mine'}}");
    for (ObjectNode ingress : List.of(plain, chosen)) {
      new DefaultIngressClass()
          .admit(new FakeRequest(Operation.CREATE, resource("ingresses"), ingress, null, classes));
    }
    assertThat(plain.path("spec").path("ingressClassName").asString()).isEqualTo("new");
    assertThat(chosen.path("spec").path("ingressClassName").asString()).isEqualTo("mine");
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          pods     | {'spec':{'nodeName':'n'},'status':{'phase':'Running','podIPs':[{'ip':'1.2.3.4'}]}} | spec.nodeName=n, status.phase=Running, status.podIP=1.2.3.4
          services | {'spec':{'clusterIP':'1.2.3.4','type':'ClusterIP'}} | spec.clusterIP=1.2.3.4, spec.type=ClusterIP
          nodes    | {} | spec.unschedulable=false
          secrets  | {'type':'Opaque'} | type=Opaque
          namespaces | {'status':{'phase':'Active'}} | status.phase=Active
          events   | {'involvedObject':{'name':'p','kind':'Pod'},'reason':'R','type':'Normal'} | involvedObject.name=p, involvedObject.kind=Pod, reason=R, type=Normal
          """)
  void fieldSelectors(String plural, String json, String expected) {
    String fields = resource(plural).strategy().selectableFields(object(json)).toString();
    assertThat(expected.split(", ")).allSatisfy(pair -> assertThat(fields).contains(pair));
  }

  private static ResourceDescriptor resource(String plural) {
    return Kinds.all().stream().filter(r -> r.plural().equals(plural)).findFirst().orElseThrow();
  }

  private static ObjectNode object(String json) {
    return FakeObjects.parse(json);
  }
}
