// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.ParentRef;
import dev.fairway.kube.api.gateway.RouteStatus;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What of a status stays, what changes and what goes. */
class StatusMergeTest {
  private static final String US = "fairway.dev/gateway";
  private static final Instant EARLIER = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");
  private static final ParentRef EDGE = new ParentRef(null, null, null, "edge", null, null);
  private static final ParentRef OTHER = new ParentRef(null, null, null, "other", null, null);

  private final StatusMerge merge = new StatusMerge(US, NOW);

  @Test
  void aConditionThatKeepsItsStatusKeepsItsTime() {
    Gateway.Status merged =
        merge.gateway(
            status(
                condition("Accepted", "True", EARLIER), condition("Programmed", "False", EARLIER)),
            status(condition("Accepted", "True", null), condition("Programmed", "True", null)));
    assertThat(merged.conditions())
        .containsExactly(
            condition("Accepted", "True", EARLIER), condition("Programmed", "True", NOW));
  }

  @Test
  void conditionsOfOthersStayAndOursThatAreNoLongerTrueGo() {
    Gateway.Status merged =
        merge.gateway(
            status(
                condition("example.com/Audited", "True", EARLIER),
                condition("ResolvedRefs", "False", EARLIER)),
            status(condition("Accepted", "True", null)));
    assertThat(merged.conditions())
        .containsExactly(
            condition("Accepted", "True", NOW), condition("example.com/Audited", "True", EARLIER));
  }

  @Test
  void entriesOfOtherControllersInARouteStayAsTheyAre() {
    RouteStatus.Parent foreign =
        new RouteStatus.Parent(EDGE, "example.com/other", List.of(condition("Odd", "False", null)));
    RouteStatus merged =
        merge.route(
            new RouteStatus(List.of(foreign)),
            List.of(
                new RouteStatus.Parent(EDGE, US, List.of(condition("Accepted", "True", null)))));
    assertThat(merged.parents())
        .containsExactly(
            foreign, new RouteStatus.Parent(EDGE, US, List.of(condition("Accepted", "True", NOW))));
  }

  @Test
  void ourEntryGoesWithItsParentRef() {
    RouteStatus present =
        new RouteStatus(
            List.of(
                new RouteStatus.Parent(EDGE, US, List.of(condition("Accepted", "True", EARLIER))),
                new RouteStatus.Parent(
                    OTHER, US, List.of(condition("Accepted", "True", EARLIER)))));
    assertThat(
            merge
                .route(
                    present,
                    List.of(
                        new RouteStatus.Parent(
                            OTHER, US, List.of(condition("Accepted", "True", null)))))
                .parents())
        .containsExactly(
            new RouteStatus.Parent(OTHER, US, List.of(condition("Accepted", "True", EARLIER))));
    assertThat(merge.route(present, List.of()).parents()).isEmpty();
  }

  @Test
  void entriesOfOtherControllersInAPolicyStayAsTheyAre() {
    BackendTlsPolicy.Ancestor foreign =
        new BackendTlsPolicy.Ancestor(EDGE, "example.com/other", List.of());
    assertThat(merge.policy(new BackendTlsPolicy.Status(List.of(foreign)), List.of()).ancestors())
        .containsExactly(foreign);
  }

  @Test
  void whatIsAlreadySaidIsNotADifference() {
    Gateway.Status present =
        new Gateway.Status(
            List.of(new Gateway.Address("IPAddress", "10.0.0.1")),
            List.of(condition("Accepted", "True", EARLIER)),
            List.of(
                new Gateway.ListenerStatus(
                    "http", List.of(), 1, List.of(condition("Accepted", "True", EARLIER)))),
            null);
    Gateway.Status ours =
        new Gateway.Status(
            present.addresses(),
            List.of(condition("Accepted", "True", null)),
            List.of(
                new Gateway.ListenerStatus(
                    "http", List.of(), 1, List.of(condition("Accepted", "True", null)))),
            null);
    assertThat(merge.gateway(present, ours)).isEqualTo(present);
  }

  private static Gateway.Status status(Condition... conditions) {
    return new Gateway.Status(List.of(), List.of(conditions), List.of(), null);
  }

  private static Condition condition(String type, String status, @Nullable Instant since) {
    return new Condition(type, status, "Reason", "message", since, null, null, 1L);
  }
}
