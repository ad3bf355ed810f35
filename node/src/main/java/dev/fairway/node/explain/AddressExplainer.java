// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.FrontendKind;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.NodeTopology;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePortName;
import dev.fairway.service.ServiceTracer;
import dev.fairway.service.ServiceTracer.Trace;
import dev.fairway.service.ServiceTracer.Verdict;
import dev.fairway.service.TrafficPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Explains a connection to an address and port. */
final class AddressExplainer {
  private final ClusterView view;
  private final Client client;

  AddressExplainer(ClusterView view, Client client) {
    this.view = view;
    this.client = client;
  }

  /** Whether a Service or a pod has the address. */
  boolean isKnown(Explainer.Address to) {
    return trace(to, node(to), source(to, node(to))).verdict() != Verdict.NOT_OURS
        || pod(to) != null;
  }

  Explanation explain(Explainer.Address to) {
    Node node = node(to);
    IpAddress from = source(to, node);
    Trace trace = trace(to, node, from);
    List<String> lines = new ArrayList<>();
    if (trace.verdict() == Verdict.NOT_OURS) {
      return notOurs(to, lines);
    }
    ServicePortName port = trace.port();
    String kind = trace.kind() == null ? "address" : words(trace.kind());
    if (port == null) {
      lines.add(to + " is a " + kind + " of a Service, but no port of one");
      lines.add("refused: " + trace.reason());
      return new Explanation(false, lines);
    }
    lines.add(
        to
            + " is the "
            + kind
            + " of Service "
            + port.service()
            + (port.port().isEmpty() ? "" : ", port " + port.port()));
    lines.add(
        "for a client at "
            + from
            + (client.pod() == null ? "" : " (pod " + client.pod() + ")")
            + (isInCluster(from) ? ", inside of the cluster" : ", outside of the cluster")
            + (node == null ? "" : ", as " + node.metadata().name() + " decides")
            + ":");
    lines.add(
        switch (trace.verdict()) {
          case FORWARD ->
              "forwarded to one of "
                  + count(trace.candidates().size(), "endpoint")
                  + " ("
                  + trace.reason()
                  + ")";
          case REJECT -> "refused at once: " + trace.reason();
          case DROP -> "dropped without an answer: " + trace.reason();
          case NOT_OURS -> trace.reason();
        });
    ServiceInfo service = view.services().service(port.service());
    EndpointSet all =
        service == null
            ? EndpointSet.empty()
            : service.endpoints(port.port(), port.protocol()).family(to.ip().family());
    if (service != null) {
      lines.addAll(settings(service));
    }
    lines.add("");
    IntPredicate isCandidate = i -> trace.candidates().indexOf(all.address(i), all.port(i)) >= 0;
    IntFunction<String> why = i -> why(trace, all, i, isCandidate.test(i), node);
    lines.addAll(EndpointText.of(all, isCandidate, why));
    ObjectNode facts = facts(trace, kind, from, node, service);
    EndpointText.write(facts.putArray("endpoints"), all, isCandidate, why);
    return new Explanation(trace.verdict() == Verdict.FORWARD, lines, facts);
  }

  private static List<String> settings(ServiceInfo service) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "policies",
            "internal "
                + word(service.internalTrafficPolicy())
                + ", external "
                + word(service.externalTrafficPolicy())));
    rows.add(
        List.of(
            "affinity",
            service.affinityTimeoutSeconds() > 0
                ? "ClientIP for " + service.affinityTimeoutSeconds() + " s"
                : "none"));
    if (!service.sourceRanges().isEmpty()) {
      rows.add(
          List.of("sources", service.sourceRanges() + ", for addresses of the load balancer only"));
    }
    return EndpointText.aligned(rows);
  }

  /** Why an endpoint is among those that a connection can get, or is not. */
  private static String why(
      Trace trace, EndpointSet all, int i, boolean isCandidate, @Nullable Node node) {
    String condition = EndpointText.condition(all, i);
    boolean isTerminating = !all.isReady(i) && all.isServing(i) && all.isTerminating(i);
    if (isCandidate) {
      return isTerminating ? condition + ", and none is ready" : condition;
    }
    if (!all.isReady(i) && !isTerminating) {
      return condition;
    }
    if (trace.candidates().isEmpty()) {
      boolean isElsewhere =
          node != null && !node.metadata().name().equals(String.valueOf(all.nodeName(i)));
      return condition + (isElsewhere ? ", but not on this node" : ", but nothing is forwarded");
    }
    if (isTerminating && all.isReady(all.indexOf(first(trace), firstPort(trace)))) {
      return condition + ", but others are ready";
    }
    return condition
        + (trace.reason().startsWith("policy Local")
            ? ", but not on this node"
            : ", but others are preferred (hints)");
  }

  private static IpAddress first(Trace trace) {
    return trace.candidates().address(0);
  }

  private static int firstPort(Trace trace) {
    return trace.candidates().port(0);
  }

  private static ObjectNode facts(
      Trace trace,
      String kind,
      IpAddress from,
      @Nullable Node node,
      @Nullable ServiceInfo service) {
    ObjectNode facts = KubeCodec.json().createObjectNode();
    ServicePortName port = trace.port();
    facts.put("kind", kind);
    facts.put("service", port == null ? null : port.service().toString());
    facts.put("port", port == null ? null : port.port());
    facts.put("client", from.toString());
    facts.put("node", node == null ? null : node.metadata().name());
    facts.put("verdict", trace.verdict().name().toLowerCase(Locale.ROOT));
    facts.put("reason", trace.reason());
    if (service != null) {
      facts.put("internalTrafficPolicy", word(service.internalTrafficPolicy()));
      facts.put("externalTrafficPolicy", word(service.externalTrafficPolicy()));
      facts.put("affinitySeconds", service.affinityTimeoutSeconds());
      ArrayNode ranges = facts.putArray("sourceRanges");
      service.sourceRanges().forEach(range -> ranges.add(range.toString()));
    }
    return facts;
  }

  private static String word(TrafficPolicy policy) {
    return switch (policy) {
      case CLUSTER -> "Cluster";
      case LOCAL -> "Local";
    };
  }

  private Explanation notOurs(Explainer.Address to, List<String> lines) {
    Pod pod = pod(to);
    if (pod == null) {
      lines.add(to + " belongs to no Service and no pod: nothing here decides about it");
      return new Explanation(false, lines);
    }
    lines.add(
        to
            + " is an address of pod "
            + pod.key()
            + " on "
            + pod.spec().nodeName()
            + ": reached directly, no Service decides");
    lines.add(
        "the pod is "
            + pod.status().phase()
            + (pod.isReady() ? " and ready" : ", not ready")
            + (pod.metadata().isTerminating() ? ", terminating" : ""));
    return new Explanation(pod.isReady(), lines);
  }

  private @Nullable Pod pod(Explainer.Address to) {
    String ip = to.ip().toString();
    for (Pod pod : view.pods()) {
      if (pod.status().podIP().equals(ip) && !pod.spec().hostNetwork() && !pod.isFinished()) {
        return pod;
      }
    }
    return null;
  }

  private Trace trace(Explainer.Address to, @Nullable Node node, IpAddress from) {
    Set<IpAddress> addresses = new HashSet<>();
    List<IpPrefix> ranges = new ArrayList<>();
    for (Node each : view.nodes()) {
      addresses.addAll(addresses(each));
      for (String range : each.spec().podCIDRs()) {
        ranges.add(IpPrefix.parse(range));
      }
    }
    String zone =
        node == null
            ? ""
            : node.metadata().labels().getOrDefault("topology.kubernetes.io/zone", "");
    NodeTopology topology = new NodeTopology(node == null ? "" : node.metadata().name(), zone);
    return new ServiceTracer(topology, addresses, ranges, addresses)
        .trace(view.services(), from, to.ip(), to.port(), to.protocol());
  }

  /** The node whose proxy decides. */
  private @Nullable Node node(Explainer.Address to) {
    String name = client.node();
    if (name != null) {
      return view.nodes().stream()
          .filter(node -> node.metadata().name().equals(name))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("there is no node " + name));
    }
    Pod pod = clientPod();
    for (Node node : view.nodes()) {
      if (addresses(node).contains(to.ip())) {
        return node;
      }
    }
    for (Node node : view.nodes()) {
      if (pod == null
          ? !Collections.disjoint(addresses(node), client.machine())
          : node.metadata().name().equals(pod.spec().nodeName())) {
        return node;
      }
    }
    return view.nodes().isEmpty() ? null : view.nodes().getFirst();
  }

  private @Nullable Pod clientPod() {
    String name = client.pod();
    if (name == null) {
      return null;
    }
    return view.pods().stream()
        .filter(pod -> pod.key().toString().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no pod " + name));
  }

  private IpAddress source(Explainer.Address to, @Nullable Node node) {
    IpAddress said = client.address();
    if (said != null) {
      return said;
    }
    Pod pod = clientPod();
    Set<IpAddress> own = new LinkedHashSet<>();
    if (pod != null) {
      IpAddress ip = IpAddress.tryParse(pod.status().podIP());
      if (ip == null) {
        throw new IllegalArgumentException("pod " + client.pod() + " has no address");
      }
      own.add(ip);
    } else if (node != null) {
      own.addAll(addresses(node));
    }
    for (IpAddress address : own) {
      if (address.family() == to.ip().family()) {
        return address;
      }
    }
    return own.isEmpty() ? IpAddress.parse("127.0.0.1") : own.iterator().next();
  }

  private boolean isInCluster(IpAddress from) {
    for (Node node : view.nodes()) {
      if (addresses(node).contains(from)) {
        return true;
      }
      for (String range : node.spec().podCIDRs()) {
        if (IpPrefix.parse(range).contains(from)) {
          return true;
        }
      }
    }
    return false;
  }

  private static Set<IpAddress> addresses(Node node) {
    Set<IpAddress> found = new LinkedHashSet<>();
    for (Node.Address address : node.status().addresses()) {
      IpAddress ip =
          address.type().equals("InternalIP") ? IpAddress.tryParse(address.address()) : null;
      if (ip != null) {
        found.add(ip);
      }
    }
    return found;
  }

  private static String words(FrontendKind kind) {
    return switch (kind) {
      case CLUSTER_IP -> "ClusterIP";
      case NODE_PORT -> "NodePort";
      case LOAD_BALANCER_IP -> "LoadBalancer address";
      case EXTERNAL_IP -> "externalIP";
    };
  }

  static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
