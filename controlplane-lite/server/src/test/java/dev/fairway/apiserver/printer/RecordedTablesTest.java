// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.registry.TablePrinter;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The rows that a Kubernetes 1.36.3 API server printed for objects, against ours. */
class RecordedTablesTest {
  private static final Map<String, TablePrinter> PRINTERS =
      Map.ofEntries(
          Map.entry("pods", Printers.PODS),
          Map.entry("services", Printers.SERVICES),
          Map.entry("endpointslices", Printers.ENDPOINT_SLICES),
          Map.entry("ingresses", Printers.INGRESSES),
          Map.entry("ingressclasses", Printers.INGRESS_CLASSES),
          Map.entry("deployments", Printers.DEPLOYMENTS),
          Map.entry("replicasets", Printers.REPLICA_SETS),
          Map.entry("nodes", Printers.NODES),
          Map.entry("namespaces", Printers.NAMESPACES),
          Map.entry("leases", Printers.LEASES),
          Map.entry("events", Printers.EVENTS),
          Map.entry("configmaps", Printers.CONFIG_MAPS),
          Map.entry("secrets", Printers.SECRETS),
          Map.entry("serviceaccounts", Printers.SERVICE_ACCOUNTS));

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void printsAsKubernetes(String name, JsonNode row) {
    TablePrinter printer = Objects.requireNonNull(PRINTERS.get(row.path("resource").asString()));
    ArrayNode cells = JsonNodeFactory.instance.arrayNode();
    printer.cells((ObjectNode) row.path("object"), Instant.parse(row.path("at").asString()), cells);
    assertThat(texts(cells, printer)).as(name).isEqualTo(texts(row.path("cells"), printer));
  }

  /** Without ages since creation: the recording is a second more or less late. */
  private static List<String> texts(JsonNode cells, TablePrinter printer) {
    assertThat(cells.size()).isEqualTo(printer.columns().size());
    List<String> out = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      String column = printer.columns().get(i).name();
      out.add(column + "=" + (column.equals("Age") ? "" : cells.path(i).toString()));
    }
    return out;
  }

  @Test
  void terminatingPodSaysSoWhateverItsContainersDo() {
    ObjectNode pod =
        (ObjectNode)
            JsonMapper.shared()
                .readTree(
                    """
                    {"metadata":{"name":"p","creationTimestamp":"2026-01-01T00:00:00Z",
                     "deletionTimestamp":"2026-01-01T00:01:00Z"},
                     "spec":{"containers":[{"name":"a"}]},
                     "status":{"phase":"Running","containerStatuses":[
                      {"name":"a","ready":true,"restartCount":0,"state":{"running":{}}}]}}\
                    """);
    ArrayNode cells = JsonNodeFactory.instance.arrayNode();
    Printers.PODS.cells(pod, Instant.parse("2026-01-01T00:05:03Z"), cells);
    assertThat(cells.valueStream().map(JsonNode::asString).toList())
        .containsExactly(
            "p", "1/1", "Terminating", "0", "5m3s", "<none>", "<none>", "<none>", "<none>");
  }

  static Stream<Arguments> rows() throws IOException {
    try (InputStream in = RecordedTablesTest.class.getResourceAsStream("tables.json")) {
      ArrayNode rows = (ArrayNode) JsonMapper.shared().readTree(in);
      return rows.valueStream().map(row -> Arguments.of(row.path("name").asString(), row));
    }
  }
}
