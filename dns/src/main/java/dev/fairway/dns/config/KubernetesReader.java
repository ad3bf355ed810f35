// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.cluster.PodsMode;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.wire.WireName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a {@code kubernetes} directive. */
final class KubernetesReader {
  private static final String ALLOWED =
      "endpoint, tls, kubeconfig, apiserver_qps, apiserver_burst, apiserver_max_inflight,"
          + " namespaces, namespace_labels, labels, pods, endpoint_pod_names, ttl, noendpoints,"
          + " fallthrough, ignore, zonal, startup_timeout, compat, negative_ttl";

  private final Words words;
  private final Problems problems;
  private String kubeconfig = "";
  private String context = "";
  private String endpoint = "";
  private KubernetesConfig.@Nullable Tls tls;
  private String labels = "";
  private String namespaceLabels = "";
  private Duration startupTimeout = Duration.ofSeconds(5);
  private @Nullable List<String> fallthrough;
  private int ttl = 5;
  private int negativeTtl = -1;

  KubernetesReader(Words words) {
    this.words = words;
    this.problems = words.problems();
  }

  /**
   * What was read.
   *
   * @param fallthrough zones whose missing names are looked up elsewhere
   */
  record Result(KubernetesConfig config, List<String> fallthrough) {}

  @Nullable Result read(Directive directive, List<String> blockZones) {
    List<String> zones =
        directive.args().isEmpty() ? blockZones : words.zones(directive.place(), directive.args());
    List<String> forward = zones.stream().filter(zone -> !isReverse(zone)).toList();
    if (forward.size() != 1) {
      problems.add(
          directive.place(),
          "needs one zone that is not reverse, not "
              + (forward.isEmpty() ? "none" : String.join(" and ", forward)));
      return null;
    }
    ZoneOptions zone = ZoneOptions.of(forward.getFirst()).withPods(PodsMode.DISABLED);
    for (Directive option : directive.children()) {
      words.noChildren(option);
      zone = option(option, zone);
    }
    List<String> through = fallthrough == null ? List.of() : fallthrough;
    boolean all = fallthrough != null && through.isEmpty();
    List<String> owned = new ArrayList<>();
    for (String reverse : zones) {
      if (isReverse(reverse) && !all && !covers(through, reverse)) {
        owned.add(reverse);
      }
    }
    if (!zone.exposure().endpoints() && zone.zonal()) {
      problems.add(directive.place(), "zonal needs endpoints, noendpoints takes them away");
    }
    if (!zone.exposure().namespaces().isEmpty() && !namespaceLabels.isEmpty()) {
      problems.add(directive.place(), "has both namespaces and namespace_labels");
    }
    zone =
        zone.withTtl(ttl, negativeTtl < 0 ? Math.min(ttl, 5) : negativeTtl).withReverseZones(owned);
    return new Result(
        new KubernetesConfig(
            zone,
            new KubernetesConfig.Api(kubeconfig, context, endpoint, tls),
            labels,
            namespaceLabels,
            startupTimeout),
        all ? zones : through);
  }

  private static boolean covers(List<String> zones, String name) {
    WireName inner = WireName.of(name);
    return zones.stream().anyMatch(zone -> inner.labelsBefore(WireName.of(zone)) >= 0);
  }

  static boolean isReverse(String zone) {
    return zone.endsWith("in-addr.arpa.") || zone.endsWith("ip6.arpa.");
  }

  private ZoneOptions option(Directive option, ZoneOptions zone) {
    switch (option.name()) {
      case "pods" -> {
        return zone.withPods(pods(option));
      }
      case "namespaces" -> {
        words.count(option, 1, Integer.MAX_VALUE);
        Set<String> names = new HashSet<>(zone.exposure().namespaces());
        names.addAll(option.args());
        return zone.withExposure(zone.exposure().withNamespaces(names));
      }
      case "namespace_labels" -> {
        words.count(option, 1, Integer.MAX_VALUE);
        namespaceLabels = String.join(" ", option.args());
        return zone.withExposure(zone.exposure().withKnownNamespacesOnly(true));
      }
      case "endpoint_pod_names" -> {
        return zone.withExposure(zone.exposure().withPodNames(words.count(option, 0, 0)));
      }
      case "noendpoints" -> {
        return zone.withExposure(zone.exposure().withEndpoints(!words.count(option, 0, 0)));
      }
      case "ignore" -> {
        if (words.count(option, 1, 1) && !option.args().getFirst().equals("empty_service")) {
          problems.value(option.place(), option.args().getFirst(), "empty_service");
        }
        return zone.withIgnoreEmptyServices(true);
      }
      case "zonal" -> {
        return zone.withZonal(words.count(option, 0, 0));
      }
      case "compat" -> {
        return zone.withCompat(words.count(option, 0, 0));
      }
      default -> plainOption(option);
    }
    return zone;
  }

  private void plainOption(Directive option) {
    switch (option.name()) {
      case "ttl" -> ttl = words.number(option, 0, 3600);
      case "negative_ttl" -> negativeTtl = words.number(option, 0, 3600);
      case "fallthrough" -> fallthrough = words.zones(option.place(), option.args());
      case "labels" -> {
        words.count(option, 1, Integer.MAX_VALUE);
        labels = String.join(" ", option.args());
      }
      case "kubeconfig" -> {
        if (words.count(option, 1, 2)) {
          kubeconfig = option.args().getFirst();
          context = option.args().size() > 1 ? option.args().get(1) : "";
        }
      }
      case "endpoint" -> {
        if (words.count(option, 1, 1)) {
          endpoint = option.args().getFirst();
        }
      }
      case "tls" -> {
        if (words.count(option, 3, 3)) {
          List<String> files = option.args();
          tls = new KubernetesConfig.Tls(files.get(0), files.get(1), files.get(2));
        }
      }
      case "startup_timeout" -> startupTimeout = words.duration(option);
      case "apiserver_qps", "apiserver_burst", "apiserver_max_inflight" ->
          problems.warn(option.place(), "has no effect: there is one list and watch for each kind");
      case "multicluster" -> problems.add(option.place(), "multicluster zones are not supported");
      default -> words.unknown(option, ALLOWED);
    }
  }

  private PodsMode pods(Directive option) {
    if (!words.count(option, 1, 1)) {
      return PodsMode.DISABLED;
    }
    return switch (option.args().getFirst()) {
      case "disabled" -> PodsMode.DISABLED;
      case "insecure" -> PodsMode.INSECURE;
      case "verified" -> PodsMode.VERIFIED;
      default -> {
        problems.value(option.place(), option.args().getFirst(), "disabled, insecure or verified");
        yield PodsMode.DISABLED;
      }
    };
  }
}
