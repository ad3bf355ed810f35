// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.endpointslice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.EndpointSlice.Endpoint;
import dev.fairway.kube.api.ObjectMeta;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Packing, with the numbers of Kubernetes' endpointslice/reconciler_test.go. */
class SlicePlanTest {
  private static final List<EndpointSlice.Port> HTTP = ports("http", 80);

  @Test
  void manyEndpointsFillSlicesToTheBrim() {
    SlicePlan plan = plan(List.of(), Map.of(HTTP, endpoints(0, 250)));

    assertThat(sizes(plan.creates())).containsExactly(100, 100, 50);
    assertThat(plan.updates()).isEmpty();
    assertThat(plan.deletes()).isEmpty();
  }

  @Test
  void nothingChangedWritesNothing() {
    EndpointSlice slice = slice("a", HTTP, endpoints(0, 30));

    SlicePlan plan = plan(List.of(slice), Map.of(HTTP, endpoints(0, 30)));

    assertThat(plan).isEqualTo(new SlicePlan(List.of(), List.of(), List.of()));
  }

  @Test
  void restThatFitsGoesIntoTheFullestSliceThatHasRoom() {
    // TestReconcile1EndpointSlice... "EndpointSlicesUpdatePacking": 80 + 20 used, 30 more
    EndpointSlice eighty = slice("a", HTTP, endpoints(0, 80));
    EndpointSlice sixty = slice("b", HTTP, endpoints(80, 140));
    EndpointSlice ten = slice("c", HTTP, endpoints(140, 150));

    SlicePlan plan = plan(List.of(eighty, sixty, ten), Map.of(HTTP, endpoints(0, 180)));

    assertThat(plan.creates()).isEmpty();
    assertThat(plan.deletes()).isEmpty();
    assertThat(plan.updates()).hasSize(1);
    assertThat(plan.updates().getFirst().slice()).isEqualTo(sixty);
    assertThat(plan.updates().getFirst().content().endpoints()).hasSize(90);
  }

  @Test
  void restThatFitsNowhereMakesANewSlice() {
    // "EndpointSlicesSomePreexisting": 62 + 61 used, 127 more: one slice of 100 + one fill
    EndpointSlice a = slice("a", HTTP, endpoints(0, 62));
    EndpointSlice b = slice("b", HTTP, endpoints(62, 123));

    SlicePlan plan = plan(List.of(a, b), Map.of(HTTP, endpoints(0, 250)));

    assertThat(sizes(plan.creates())).containsExactly(100);
    assertThat(plan.updates()).hasSize(1);
    assertThat(plan.updates().getFirst().content().endpoints()).hasSize(89);
  }

  @Test
  void replacedEndpointsTakeTheRoomOfThoseThatLeft() {
    EndpointSlice slice = slice("a", HTTP, endpoints(0, 100));

    SlicePlan plan = plan(List.of(slice), Map.of(HTTP, endpoints(50, 150)));

    assertThat(plan.creates()).isEmpty();
    assertThat(plan.updates()).hasSize(1);
    assertThat(plan.updates().getFirst().content().endpoints()).hasSize(100);
  }

  @Test
  void changedConditionUpdatesOnlyTheSliceThatHoldsTheEndpoint() {
    EndpointSlice a = slice("a", HTTP, endpoints(0, 100));
    EndpointSlice b = slice("b", HTTP, endpoints(100, 110));
    List<Endpoint> desired = new ArrayList<>(endpoints(0, 110));
    desired.set(105, endpoint(105, false));

    SlicePlan plan = plan(List.of(a, b), Map.of(HTTP, desired));

    assertThat(plan.updates()).hasSize(1);
    assertThat(plan.updates().getFirst().slice()).isEqualTo(b);
    assertThat(plan.updates().getFirst().content().endpoints())
        .isEqualTo(desired.subList(100, 110));
  }

  @Test
  void differentPortsGoIntoDifferentSlices() {
    SlicePlan plan =
        plan(List.of(), Map.of(HTTP, endpoints(0, 2), ports("http", 8080), endpoints(2, 3)));

    assertThat(sizes(plan.creates())).containsExactlyInAnyOrder(2, 1);
  }

  @Test
  void newPortsReuseTheSliceThatWouldBeDeleted() {
    EndpointSlice slice = slice("a", HTTP, endpoints(0, 3));

    SlicePlan plan = plan(List.of(slice), Map.of(ports("http", 8080), endpoints(0, 3)));

    assertThat(plan.creates()).isEmpty();
    assertThat(plan.deletes()).isEmpty();
    assertThat(plan.updates())
        .containsExactly(
            new SlicePlan.Update(
                slice, new SlicePlan.Content(ports("http", 8080), endpoints(0, 3))));
  }

  @Test
  void serviceWithoutEndpointsHasOneEmptySlice() {
    assertThat(plan(List.of(), Map.of()).creates())
        .containsExactly(new SlicePlan.Content(List.of(), List.of()));

    EndpointSlice last = slice("a", HTTP, endpoints(0, 1));
    EndpointSlice more = slice("b", HTTP, endpoints(1, 2));
    SlicePlan plan = plan(List.of(last, more), Map.of());
    assertThat(plan.updates())
        .containsExactly(new SlicePlan.Update(last, new SlicePlan.Content(List.of(), List.of())));
    assertThat(plan.deletes()).containsExactly(more);

    EndpointSlice empty = slice("a", List.of(), List.of());
    assertThat(plan(List.of(empty), Map.of()))
        .isEqualTo(new SlicePlan(List.of(), List.of(), List.of()));
  }

  @Test
  void outdatedMetadataIsWrittenAlthoughTheEndpointsAreTheSame() {
    EndpointSlice slice = slice("a", HTTP, endpoints(0, 3));

    SlicePlan plan = SlicePlan.of(List.of(slice), Map.of(HTTP, endpoints(0, 3)), 100, s -> true);

    assertThat(plan.updates())
        .containsExactly(new SlicePlan.Update(slice, new SlicePlan.Content(HTTP, endpoints(0, 3))));
  }

  private static SlicePlan plan(
      List<EndpointSlice> existing, Map<List<EndpointSlice.Port>, List<Endpoint>> desired) {
    return SlicePlan.of(existing, desired, 100, s -> false);
  }

  private static List<Integer> sizes(List<SlicePlan.Content> contents) {
    return contents.stream().map(c -> c.endpoints().size()).toList();
  }

  private static EndpointSlice slice(
      String name, List<EndpointSlice.Port> ports, List<Endpoint> endpoints) {
    return new EndpointSlice(ObjectMeta.of("ns", name), "IPv4", endpoints, ports);
  }

  private static List<EndpointSlice.Port> ports(String name, int number) {
    return List.of(new EndpointSlice.Port(name, "TCP", number, null));
  }

  private static List<Endpoint> endpoints(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> endpoint(i, true)).toList();
  }

  private static Endpoint endpoint(int i, boolean ready) {
    return new Endpoint(
        List.of("10.0." + i / 250 + "." + i % 250),
        new EndpointSlice.Conditions(ready, ready, false),
        null,
        null,
        null,
        null,
        null);
  }
}
