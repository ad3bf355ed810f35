// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.apiserver.registry.AdmissionRequest.Operation;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Who gets which cluster IP and node port, and when they come back. */
class ServiceAllocationTest {
  private static final ResourceDescriptor SERVICES =
      Kinds.all().stream().filter(r -> r.plural().equals("services")).findFirst().orElseThrow();

  private final ServiceAllocation allocation = allocation("10.0.0.0/29");

  private static ServiceAllocation allocation(String... cidrs) {
    return new ServiceAllocation(List.of(cidrs), 30000, 30003, new Random(1));
  }

  @Test
  void everyAddressIsUsedOnceAndThenTheRangeIsFull() throws StatusException {
    Set<String> ips = new HashSet<>();
    for (int i = 0; i < 6; i++) {
      ips.add(ip(create("s" + i, "{'ports':[{'port':80}]}", true)));
    }
    assertThat(ips)
        .containsExactlyInAnyOrder(
            "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6");
    assertThatThrownBy(() -> create("s9", "{'ports':[{'port':80}]}", true))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(500))
        .hasMessageContaining("range is full");
  }

  @Test
  void writeThatIsNotStoredLeavesNothingTaken() throws StatusException {
    create("a", "{'type':'NodePort','ports':[{'port':80}]}", false);
    assertThat(allocation.takenCount()).isZero();
  }

  @Test
  void refusedRequestLeavesNothingTaken() throws StatusException {
    create("a", "{'type':'NodePort','ports':[{'port':80,'nodePort':30001}]}", true);
    int taken = allocation.takenCount();
    assertThatThrownBy(() ->
            create(
                "b",
                "{'type':'NodePort','ports':[{'name':'x','port':80,'nodePort':30002},"
                    + "{'name':'y','port':81,'nodePort':30001}]}",
                true))
        .hasMessageContaining("provided port is already allocated");
    assertThat(allocation.takenCount()).isEqualTo(taken);
    create("c", "{'type':'NodePort','ports':[{'port':80,'nodePort':30002}]}", true);
  }

  @Test
  void objectThatValidationRefusesGetsNothing() throws StatusException {
    create("a", "{'clusterIP':'abc','ports':[{'port':80}]}", true);
    assertThat(allocation.takenCount()).isZero();
  }

  @Test
  void deletedServiceGivesBackWhatItHad() throws StatusException {
    ObjectNode a =
        create(
            "a",
            "{'type':'LoadBalancer','externalTrafficPolicy':'Local','ports':[{'port':80}]}",
            true);
    assertThat(allocation.takenCount()).isEqualTo(3);
    request(Operation.DELETE, a, null, false);
    assertThat(allocation.takenCount()).as("delete that failed").isEqualTo(3);
    request(Operation.DELETE, a, null, true);
    assertThat(allocation.takenCount()).isZero();
  }

  @Test
  void changeOfTypeGivesBackTheNodePortAndKeepsTheAddress() throws StatusException {
    ObjectNode a = create("a", "{'type':'NodePort','ports':[{'port':80}]}", true);
    ObjectNode next = a.deepCopy();
    ((ObjectNode) next.path("spec")).put("type", "ClusterIP");
    update(next, a, true);
    assertThat(next.path("spec").path("ports").path(0).has("nodePort")).isFalse();
    assertThat(ip(next)).isEqualTo(ip(a));
    assertThat(allocation.takenCount()).isEqualTo(1);
  }

  @Test
  void changeToExternalNameGivesBackEverythingAndBackAgainAllocates() throws StatusException {
    ObjectNode a = create("a", "{'ports':[{'port':80}]}", true);
    ObjectNode external = a.deepCopy();
    ((ObjectNode) external.path("spec")).put("type", "ExternalName").put("externalName", "a.b");
    update(external, a, true);
    assertThat(external.path("spec").has("clusterIP")).isFalse();
    assertThat(allocation.takenCount()).isZero();
    ObjectNode back = external.deepCopy();
    ((ObjectNode) back.path("spec")).put("type", "ClusterIP").remove("externalName");
    update(back, external, true);
    assertThat(ip(back)).startsWith("10.0.0.");
    assertThat(allocation.takenCount()).isEqualTo(1);
  }

  @Test
  void updateThatIsNotStoredKeepsTheOldAndGivesBackTheNew() throws StatusException {
    ObjectNode a = create("a", "{'type':'NodePort','ports':[{'port':80,'nodePort':30001}]}", true);
    ObjectNode next = a.deepCopy();
    ((ObjectNode) next.path("spec").path("ports").path(0)).put("nodePort", 30002);
    update(next, a, false);
    assertThat(allocation.takenCount()).isEqualTo(2);
    create("b", "{'type':'NodePort','ports':[{'port':80,'nodePort':30002}]}", true);
    assertThatThrownBy(
            () -> create("c", "{'type':'NodePort','ports':[{'port':80,'nodePort':30001}]}", true))
        .hasMessageContaining("already allocated");
  }

  @Test
  void tcpAndUdpOfOnePortShareANodePort() throws StatusException {
    ObjectNode a =
        create(
            "a",
            "{'type':'NodePort','ports':[{'name':'u','port':53,'protocol':'UDP'},"
                + "{'name':'t','port':53},{'name':'o','port':54}]}",
            true);
    JsonNode ports = a.path("spec").path("ports");
    assertThat(ports.path(0).path("nodePort")).isEqualTo(ports.path(1).path("nodePort"));
    assertThat(ports.path(2).path("nodePort")).isNotEqualTo(ports.path(0).path("nodePort"));
  }

  @Test
  void storedServicesAreKnownAfterARestart() {
    allocation.start(
        FakeObjects.of(
            "{'metadata':{'name':'x'},'spec':{'type':'NodePort','clusterIP':'10.0.0.3',"
                + "'clusterIPs':['10.0.0.3'],'ports':[{'port':80,'nodePort':30003}]}}",
            "{'metadata':{'name':'foreign'},'spec':{'type':'ClusterIP','clusterIP':'1.2.3.4',"
                + "'clusterIPs':['1.2.3.4']}}"));
    assertThat(allocation.takenCount()).isEqualTo(2);
    assertThatThrownBy(() -> create("a", "{'clusterIP':'10.0.0.3','ports':[{'port':80}]}", true))
        .hasMessageContaining("failed to allocate IP 10.0.0.3: provided IP is already allocated");
  }

  @Test
  void dualStackClusterGivesTwoAddressesToWhoAsks() throws StatusException {
    ServiceAllocation dual = allocation("10.0.0.0/24", "fd00::/112");
    ObjectNode single = service("s", "{'ports':[{'port':80}]}");
    ObjectNode both = service("b", "{'ipFamilyPolicy':'PreferDualStack','ports':[{'port':80}]}");
    ObjectNode six = service("c", "{'ipFamilies':['IPv6'],'ports':[{'port':80}]}");
    for (ObjectNode o : List.of(single, both, six)) {
      dual.admit(new FakeRequest(Operation.CREATE, SERVICES, o, null, FakeObjects.of()));
      assertThat(SERVICES.strategy().validate(o, null, null)).isEmpty();
    }
    assertThat(Tree.texts(single.path("spec"), "ipFamilies")).containsExactly("IPv4");
    assertThat(Tree.text(single.path("spec"), "ipFamilyPolicy")).isEqualTo("SingleStack");
    assertThat(Tree.texts(both.path("spec"), "ipFamilies")).containsExactly("IPv4", "IPv6");
    assertThat(Tree.texts(both.path("spec"), "clusterIPs").get(0)).startsWith("10.0.0.");
    assertThat(Tree.texts(both.path("spec"), "clusterIPs").get(1)).startsWith("fd00::");
    assertThat(ip(six)).startsWith("fd00::");
  }

  @Test
  void loopbackExternalIpsAreAllowed() {
    ObjectNode o = service("s", "{'externalIPs':['127.1.2.3'],'ports':[{'port':80}]}");
    assertThat(SERVICES.strategy().validate(o, null, null)).isEmpty();
  }

  private ObjectNode create(String name, String spec, boolean stored) throws StatusException {
    ObjectNode o = service(name, spec);
    request(Operation.CREATE, o, null, stored);
    return o;
  }

  private static ObjectNode service(String name, String spec) {
    ObjectNode o = FakeObjects.parse("{'metadata':{'name':'" + name + "'},'spec':" + spec + "}");
    SERVICES.strategy().applyDefaults(o);
    SERVICES.strategy().prepareForCreate(o);
    return o;
  }

  private void update(ObjectNode next, ObjectNode old, boolean stored) throws StatusException {
    SERVICES.strategy().applyDefaults(next);
    SERVICES.strategy().prepareForUpdate(next, old, null);
    request(Operation.UPDATE, next, old, stored);
  }

  private void request(Operation operation, ObjectNode o, @Nullable ObjectNode old, boolean stored)
      throws StatusException {
    FakeRequest request = new FakeRequest(operation, SERVICES, o, old, FakeObjects.of());
    allocation.admit(request);
    request.finish(stored);
  }

  private static String ip(ObjectNode service) {
    return Tree.text(service.path("spec"), "clusterIP");
  }
}
