// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneAnswerer;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.node.demo.DnsQuery;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Explains a DNS query for a name, as a pod of namespace default asks it. */
final class NameExplainer {
  private static final String ZONE = "cluster.local";
  private static final List<String> SEARCH = List.of("default.svc." + ZONE, "svc." + ZONE, ZONE);
  private static final int MAX_ANSWER = 65_535;

  private final ServiceSnapshot services;
  private final ClusterZone zone = new ClusterZone(ZoneOptions.of(ZONE), InstantSource.system(), 1);
  private final ZoneAnswerer answerer = new ZoneAnswerer(false, 1);
  private final ResponseWriter writer = new ResponseWriter(1232, "");

  NameExplainer(ClusterView view) {
    this.services = view.services();
    zone.onSnapshot(new SnapshotDelta(ServiceSnapshot.empty(), services, Set.of()));
  }

  /** The answer of the zone to one question; null where the name is not there. */
  private @Nullable List<String> ask(String name, DnsQuery.Type type) {
    byte[] question = DnsQuery.question(name, type);
    Query query = new Query();
    if (query.parse(question, question.length) != Query.Verdict.ANSWER) {
      return null;
    }
    writer.begin(query, MAX_ANSWER);
    if (answerer.answer(zone.snapshot(), query, writer, null) != ZoneAnswerer.Outcome.ANSWERED
        || answerer.rcode() != Rcode.NOERROR) {
      return null;
    }
    int length = writer.finish(Rcode.NOERROR, true, false);
    try {
      return DnsQuery.read(ByteBuffer.wrap(writer.copy(length)), type);
    } catch (IOException e) {
      throw new IllegalStateException("our own answer cannot be read", e);
    }
  }

  Explanation explain(String asked) {
    List<String> lines = new ArrayList<>();
    String found = null;
    for (String name : candidates(asked)) {
      if (ask(name, DnsQuery.Type.A) != null) {
        found = name;
        break;
      }
    }
    if (found == null) {
      lines.add(asked + ": the cluster's zone has no such name (NXDOMAIN)");
      if (!asked.endsWith(ZONE)) {
        lines.add("asked elsewhere: names outside of " + ZONE + " go to the upstream servers");
      }
      return new Explanation(false, lines);
    }
    if (!found.equals(asked)) {
      lines.add(asked + " means " + found + " (search list of a pod in namespace default)");
    }
    List<List<String>> rows = new ArrayList<>();
    for (DnsQuery.Type type : DnsQuery.Type.values()) {
      List<String> data = ask(found, type);
      if (data != null) {
        data.forEach(value -> rows.add(List.of(type.name(), value)));
      }
    }
    ServiceInfo service = service(found);
    lines.add(found + ": " + reason(found, service));
    if (rows.isEmpty()) {
      lines.add("no records (NOERROR without an answer)");
    } else {
      lines.add("");
      rows.addFirst(List.of("TYPE", "DATA"));
      lines.addAll(EndpointText.aligned(rows));
    }
    if (service != null && service.isHeadless()) {
      EndpointSet endpoints = service.allEndpoints();
      lines.add("");
      lines.addAll(
          EndpointText.of(
              endpoints, endpoints::isReady, i -> EndpointText.condition(endpoints, i)));
    }
    return new Explanation(!rows.isEmpty(), lines);
  }

  private static List<String> candidates(String asked) {
    if (asked.endsWith(".")) {
      return List.of(asked.substring(0, asked.length() - 1));
    }
    List<String> all = new ArrayList<>();
    for (String suffix : SEARCH) {
      all.add(asked + "." + suffix);
    }
    all.add(asked.equals(ZONE) || asked.endsWith("." + ZONE) ? 0 : all.size(), asked);
    return all;
  }

  /** The Service whose name, or a name below whose name, this is. */
  private @Nullable ServiceInfo service(String name) {
    String suffix = ".svc." + ZONE;
    if (!name.endsWith(suffix)) {
      return null;
    }
    String[] labels = name.substring(0, name.length() - suffix.length()).split("\\.");
    return labels.length < 2
        ? null
        : services.service(new ServiceName(labels[labels.length - 1], labels[labels.length - 2]));
  }

  private static String reason(String name, @Nullable ServiceInfo service) {
    if (service == null) {
      return "a name of the zone itself";
    }
    String own = "Service " + service.name();
    boolean below =
        !name.startsWith(service.name().name() + "." + service.name().namespace() + ".");
    if (!service.externalName().isEmpty()) {
      return own + " is an ExternalName: an alias for " + service.externalName();
    }
    if (service.isHeadless()) {
      return below
          ? "a port or an endpoint of the headless " + own
          : own + " is headless: the addresses of its ready endpoints";
    }
    return below ? "a port of " + own : own + ": its ClusterIP, whatever its endpoints are";
  }
}
