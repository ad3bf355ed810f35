// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.service.EndpointTable.Conditions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The verdicts of kube-proxy's proxier tests, by client and by dialled address. */
class ServiceTracerTest {
  private static final String POD = "10.0.0.2";
  private static final String NODE = "192.168.0.2";
  private static final String CLIENT = "203.0.113.2";
  private static final String BLOCKED = "203.0.113.130";
  private static final String CLUSTER_IP = "172.30.0.41";
  private static final String VIP = "5.6.7.8";
  private static final String EXTERNAL = "192.168.99.11";
  private static final int NODE_PORT = 3001;

  private static final ServiceTracer TRACER =
      new ServiceTracer(
          new NodeTopology("node", ""),
          Set.of(IpAddress.parse(NODE)),
          List.of(IpPrefix.parse("10.0.0.0/8")),
          Set.of(IpAddress.parse(NODE)));

  private static final String LOCAL_1 = "1:local";
  private static final String LOCAL_2 = "2:local";
  private static final String LOCAL_3_LEAVING = "3:local leaving";
  private static final String REMOTE_5 = "5:ready";
  private static final String REMOTE_5_LEAVING = "5:leaving";

  @ParameterizedTest
  @MethodSource
  void trace(
      ServiceSettingsBuilder settings,
      List<String> endpoints,
      String source,
      String destination,
      int port,
      String expected) {
    ServiceInfo service = new ServiceInfo(settings.build(), List.of(slice(endpoints)));
    ServiceSnapshot snapshot = ServiceSnapshot.of(1, List.of(service), Set.of());
    ServiceTracer.Trace trace =
        TRACER.trace(
            snapshot, IpAddress.parse(source), IpAddress.parse(destination), port, Protocol.TCP);
    assertThat(text(trace)).describedAs(trace.reason()).isEqualTo(expected);
  }

  static Stream<Arguments> trace() {
    return Stream.of(withoutEndpoints(), sourceRanges(), externalLocal(), internalLocal(), other())
        .flatMap(rows -> rows);
  }

  private static Stream<Arguments> withoutEndpoints() {
    List<String> none = List.of();
    return Stream.of(
        argumentSet("71 pod to ClusterIP", plain(), none, POD, CLUSTER_IP, 80, "REJECT"),
        argumentSet("71 outside to external IP", plain(), none, CLIENT, EXTERNAL, 80, "REJECT"),
        argumentSet("71 pod to node port", plain(), none, POD, NODE, NODE_PORT, "REJECT"),
        argumentSet("71 outside to node port", plain(), none, CLIENT, NODE, NODE_PORT, "REJECT"),
        argumentSet("71 pod to VIP", plain(), none, POD, VIP, 80, "REJECT"),
        argumentSet("71 outside to VIP", plain(), none, CLIENT, VIP, 80, "REJECT"),
        argumentSet("89 none usable", local(), List.of("1:unready"), CLIENT, VIP, 80, "REJECT"));
  }

  private static Stream<Arguments> sourceRanges() {
    List<String> one = List.of(REMOTE_5);
    ServiceSettingsBuilder ranges =
        plain()
            .sourceRange(IpPrefix.parse("192.168.0.0/24"))
            .sourceRange(IpPrefix.parse(" 203.0.113.0/25"));
    return Stream.of(
        argumentSet("80 pod to ClusterIP", ranges, one, POD, CLUSTER_IP, 80, "FORWARD 5"),
        argumentSet("80 blocked to node port", ranges, one, BLOCKED, NODE, NODE_PORT, "FORWARD 5"),
        argumentSet("80 accepted to VIP", ranges, one, CLIENT, VIP, 80, "FORWARD 5"),
        argumentSet("80 blocked to VIP", ranges, one, BLOCKED, VIP, 80, "DROP"),
        argumentSet("80 pod to VIP", ranges, one, POD, VIP, 80, "DROP"),
        argumentSet("80 node to VIP", ranges, one, NODE, VIP, 80, "FORWARD 5"),
        argumentSet("80 VIP to itself", ranges, one, VIP, VIP, 80, "FORWARD 5"),
        argumentSet("80 blocked to external IP", ranges, one, BLOCKED, EXTERNAL, 80, "FORWARD 5"),
        argumentSet(
            "zero prefix lets everybody in",
            plain()
                .sourceRange(IpPrefix.parse("10.99.0.0/16"))
                .sourceRange(IpPrefix.parse("0.0.0.0/0")),
            one,
            BLOCKED,
            VIP,
            80,
            "FORWARD 5"));
  }

  private static Stream<Arguments> externalLocal() {
    List<String> both = List.of(LOCAL_1, REMOTE_5);
    List<String> drained = List.of(LOCAL_3_LEAVING, REMOTE_5);
    List<String> away = List.of(REMOTE_5_LEAVING);
    return Stream.of(
        argumentSet("82 pod to ClusterIP", local(), both, POD, CLUSTER_IP, 80, "FORWARD 1 5"),
        argumentSet("82 pod to external IP", local(), both, POD, EXTERNAL, 80, "FORWARD 1 5"),
        argumentSet("82 pod to VIP", local(), both, POD, VIP, 80, "FORWARD 1 5"),
        argumentSet("82 pod to node port", local(), both, POD, NODE, NODE_PORT, "FORWARD 1 5"),
        argumentSet("82 outside to external IP", local(), both, CLIENT, EXTERNAL, 80, "FORWARD 1"),
        argumentSet("82 outside to VIP", local(), both, CLIENT, VIP, 80, "FORWARD 1"),
        argumentSet("82 outside to node port", local(), both, CLIENT, NODE, NODE_PORT, "FORWARD 1"),
        argumentSet("91 node to node port", local(), both, NODE, NODE, NODE_PORT, "FORWARD 1 5"),
        argumentSet("87 ClusterIP", local(), drained, CLIENT, CLUSTER_IP, 80, "FORWARD 5"),
        argumentSet(
            "87 VIP falls back to terminating", local(), drained, CLIENT, VIP, 80, "FORWARD 3"),
        argumentSet("88 ClusterIP", local(), away, CLIENT, CLUSTER_IP, 80, "FORWARD 5"),
        argumentSet("88 nothing local", local(), away, CLIENT, VIP, 80, "DROP"));
  }

  private static Stream<Arguments> internalLocal() {
    ServiceSettingsBuilder internal = plain().internalPolicy(TrafficPolicy.LOCAL);
    return Stream.of(
        argumentSet(
            "85 one local", internal, List.of(LOCAL_1, REMOTE_5), POD, CLUSTER_IP, 80, "FORWARD 1"),
        argumentSet(
            "85 two local",
            internal,
            List.of(LOCAL_1, LOCAL_2, REMOTE_5),
            POD,
            CLUSTER_IP,
            80,
            "FORWARD 1 2"),
        argumentSet("85 no local", internal, List.of(REMOTE_5), POD, CLUSTER_IP, 80, "DROP"),
        argumentSet("85 no endpoints", internal, List.of(), POD, CLUSTER_IP, 80, "REJECT"),
        argumentSet(
            "91 external path unaffected",
            internal,
            List.of(LOCAL_1, REMOTE_5),
            CLIENT,
            VIP,
            80,
            "FORWARD 1 5"));
  }

  private static Stream<Arguments> other() {
    List<String> one = List.of(REMOTE_5);
    return Stream.of(
        argumentSet("78 other port of a ClusterIP", plain(), one, POD, CLUSTER_IP, 81, "REJECT"),
        argumentSet("79 address of nobody", plain(), one, POD, "172.30.0.99", 80, "NOT_OURS"),
        argumentSet(
            "81 node port on another address",
            plain(),
            one,
            CLIENT,
            "192.168.0.9",
            NODE_PORT,
            "NOT_OURS"),
        argumentSet(
            "another proxy's service",
            plain().foreignProxy(true),
            one,
            POD,
            CLUSTER_IP,
            80,
            "NOT_OURS"));
  }

  private static ServiceSettingsBuilder plain() {
    return ServiceInfo.Settings.of("ns", "svc")
        .type(ServiceType.LOAD_BALANCER)
        .clusterIp(CLUSTER_IP)
        .loadBalancerIp(VIP)
        .externalIp(EXTERNAL)
        .port("main", Protocol.TCP, 80, NODE_PORT);
  }

  private static ServiceSettingsBuilder local() {
    return plain().externalPolicy(TrafficPolicy.LOCAL);
  }

  private static SliceEndpoints slice(List<String> endpoints) {
    EndpointTable.Builder table = new EndpointTable.Builder();
    for (String endpoint : endpoints) {
      String[] parts = endpoint.split(":");
      Conditions conditions =
          parts[1].contains("unready")
              ? Conditions.UNAVAILABLE
              : parts[1].contains("leaving")
                  ? Conditions.SERVING_TERMINATING
                  : Conditions.AVAILABLE;
      table.add(
          IpAddress.parse("10.180.0." + parts[0]),
          conditions,
          parts[1].contains("local") ? "node" : "elsewhere");
    }
    SliceEndpoints.Port port =
        new SliceEndpoints.Port(new EndpointPort("main", Protocol.TCP), 8443);
    return new SliceEndpoints("svc-1", false, List.of(port), table.build());
  }

  private static String text(ServiceTracer.Trace trace) {
    List<String> words = new ArrayList<>(List.of(trace.verdict().toString()));
    if (trace.verdict() == ServiceTracer.Verdict.FORWARD) {
      for (int i = 0; i < trace.candidates().size(); i++) {
        words.add(Integer.toString(trace.candidates().ipv4(i) & 0xff));
      }
    }
    return String.join(" ", words);
  }
}
