// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.kube.api.Node;
import dev.fairway.kube.api.Pod;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Explains a connection to an address and port. */
final class AddressExplainer {
  private final ClusterView view;
  private final @Nullable IpAddress source;

  AddressExplainer(ClusterView view, @Nullable IpAddress source) {
    this.view = view;
    this.source = source;
  }

  /** Whether a Service or a pod has the address. */
  boolean isKnown(Explainer.Address to) {
    return trace(to, node(to), source(node(to))).verdict() != Verdict.NOT_OURS || pod(to) != null;
  }

  Explanation explain(Explainer.Address to) {
    Node node = node(to);
    IpAddress from = source(node);
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
    lines.add("");
    EndpointSet all = endpoints(port, to);
    lines.addAll(
        EndpointText.of(all, i -> trace.candidates().indexOf(all.address(i), all.port(i)) >= 0));
    return new Explanation(trace.verdict() == Verdict.FORWARD, lines);
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

  private EndpointSet endpoints(ServicePortName port, Explainer.Address to) {
    ServiceInfo service = view.services().service(port.service());
    return service == null
        ? EndpointSet.empty()
        : service.endpoints(port.port(), port.protocol()).family(to.ip().family());
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

  /** The node that is dialled, else the first. */
  private @Nullable Node node(Explainer.Address to) {
    for (Node node : view.nodes()) {
      if (addresses(node).contains(to.ip())) {
        return node;
      }
    }
    return view.nodes().isEmpty() ? null : view.nodes().getFirst();
  }

  private IpAddress source(@Nullable Node node) {
    if (source != null) {
      return source;
    }
    Set<IpAddress> own = node == null ? Set.of() : addresses(node);
    return own.isEmpty() ? IpAddress.parse("127.0.0.1") : own.iterator().next();
  }

  private static Set<IpAddress> addresses(Node node) {
    Set<IpAddress> found = new HashSet<>();
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
