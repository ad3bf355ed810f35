// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.kube.api.Condition;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Deployment;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.IntOrString;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Service;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class KubeCodecTest {

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode tree(String text) {
    return KubeCodec.json().readTree(json(text));
  }

  static Stream<Arguments> roundTrips() {
    return Stream.of(
        Arguments.of(
            "service",
            Resource.SERVICES,
            "{'apiVersion':'v1','kind':'Service','metadata':{'name':'a','namespace':'n','uid':'u',"
                + "'resourceVersion':'7','generation':2,'creationTimestamp':'2026-01-02T03:04:05Z',"
                + "'labels':{'x':'y','empty':''}},'spec':{'type':'NodePort','clusterIP':'10.0.0.1',"
                + "'clusterIPs':['10.0.0.1'],'ports':[{'name':'http','protocol':'TCP','port':80,"
                + "'targetPort':'web','nodePort':30080},{'port':81,'targetPort':8081}],"
                + "'sessionAffinityConfig':{'clientIP':{'timeoutSeconds':5}},"
                + "'allocateLoadBalancerNodePorts':false},'status':{'loadBalancer':{}}}"),
        Arguments.of(
            "endpoint slice",
            Resource.ENDPOINT_SLICES,
            "{'apiVersion':'discovery.k8s.io/v1','kind':'EndpointSlice','metadata':{'name':'a-1',"
                + "'namespace':'n','ownerReferences':[{'apiVersion':'v1','kind':'Service',"
                + "'name':'a','uid':'u','controller':true,'blockOwnerDeletion':true}]},"
                + "'addressType':'IPv4','endpoints':[{'addresses':['10.1.0.1'],'conditions':{"
                + "'ready':false,'serving':true,'terminating':true},'hostname':'h','nodeName':"
                + "'node-1','zone':'z','hints':{'forZones':[{'name':'z'}],'forNodes':[{'name':"
                + "'node-1'}]},'targetRef':{'kind':'Pod','namespace':'n','name':'p','uid':'pu'}},"
                + "{'addresses':['10.1.0.2']}],'ports':[{'name':'','protocol':'TCP','port':80},"
                + "{'name':'m','protocol':'UDP','port':53,'appProtocol':'dns'}]}"),
        Arguments.of(
            "pod with zeros that mean something",
            Resource.PODS,
            "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'n'},'spec':{"
                + "'containers':[{'name':'c','image':'i','env':[{'name':'A','value':''}],'ports':"
                + "[{'containerPort':80}],'readinessProbe':{'httpGet':{'path':'/','port':80},"
                + "'initialDelaySeconds':0}}],'terminationGracePeriodSeconds':0,'volumes':[{"
                + "'name':'e','emptyDir':{}}]},'status':{'phase':'Running','containerStatuses':[{"
                + "'name':'c','image':'','imageID':'','ready':false,'started':false,"
                + "'restartCount':0,'state':{'terminated':{'exitCode':0}}}]}}"),
        Arguments.of(
            "lease with micro times",
            Resource.LEASES,
            "{'apiVersion':'coordination.k8s.io/v1','kind':'Lease','metadata':{'name':'node-1',"
                + "'namespace':'kube-node-lease'},'spec':{'holderIdentity':'node-1',"
                + "'leaseDurationSeconds':40,'acquireTime':'2026-01-02T03:04:05.000000Z',"
                + "'renewTime':'2026-01-02T03:04:05.120000Z'}}"),
        Arguments.of(
            "deployment whose template has unknown fields",
            Resource.DEPLOYMENTS,
            "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d','namespace':'n'},"
                + "'spec':{'replicas':0,'selector':{'matchLabels':{'app':'d'},'matchExpressions':"
                + "[{'key':'k','operator':'Exists'}]},'template':{'metadata':{'labels':{'app':'d'}},"
                + "'spec':{'containers':[{'name':'c','stdin':true}],'dnsPolicy':'Default'}},"
                + "'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxUnavailable':'25%',"
                + "'maxSurge':0}}},'status':{'observedGeneration':1,'replicas':3}}"),
        Arguments.of(
            "replica set without replicas",
            Resource.REPLICA_SETS,
            "{'apiVersion':'apps/v1','kind':'ReplicaSet','metadata':{'name':'r','namespace':'n'},"
                + "'spec':{'replicas':0,'selector':{},'template':{}},'status':{'replicas':0}}"),
        Arguments.of(
            "config map with an empty value",
            Resource.CONFIG_MAPS,
            "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'m','namespace':'n'},"
                + "'data':{'a':'','b':'x'}}"),
        Arguments.of(
            "ingress",
            Resource.INGRESSES,
            "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress','metadata':{'name':'i',"
                + "'namespace':'n'},'spec':{'ingressClassName':'fairway','tls':[{'hosts':['h'],"
                + "'secretName':'s'}],'rules':[{'host':'h','http':{'paths':[{'path':'/','pathType':"
                + "'Prefix','backend':{'service':{'name':'a','port':{'number':80}}}}]}}]}}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("roundTrips")
  <T extends KubeObject> void decodesAndEncodesTheSameTree(
      String name, Resource<T> resource, String text) {
    T object = KubeCodec.decode(resource, json(text));
    assertThat((JsonNode) KubeCodec.encode(resource, object)).isEqualTo(tree(text));
    assertThat(KubeCodec.decode(resource, tree(text))).isEqualTo(object);
  }

  @Test
  void zeroAndEmptyAreOmitted() {
    Service service =
        new Service(
            ObjectMeta.of("n", "a"),
            KubeCodec.decode(Resource.SERVICES, json("{'metadata':{}}")).spec(),
            new Service.Status(null));
    assertThat(KubeCodec.encode(Resource.SERVICES, service).toString())
        .isEqualTo(
            "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\","
                + "\"namespace\":\"n\"},\"spec\":{},\"status\":{}}");
  }

  @Test
  void timesLoseFractionsExceptInLeases() {
    Instant time = Instant.parse("2026-01-02T03:04:05.678901234Z");
    Condition condition = new Condition("Ready", "True", "", "", time, null, null, null);
    assertThat(KubeCodec.json().writeValueAsString(condition))
        .isEqualTo(
            "{\"type\":\"Ready\",\"status\":\"True\","
                + "\"lastTransitionTime\":\"2026-01-02T03:04:05Z\"}");
    Lease lease = new Lease(ObjectMeta.of("n", "l"), new Lease.Spec(null, null, null, time, null));
    assertThat(KubeCodec.encode(Resource.LEASES, lease).path("spec").path("renewTime").asString())
        .isEqualTo("2026-01-02T03:04:05.678901Z");
  }

  @Test
  void serviceCidrsMayLackASpec() {
    assertThat(
            KubeCodec.decode(
                    Resource.SERVICE_CIDRS,
                    json(
                        "{'metadata':{'name':'a'},'spec':{'cidrs':['10.96.0.0/16','fd00::/108']}}"))
                .spec()
                .cidrs())
        .containsExactly("10.96.0.0/16", "fd00::/108");
    assertThat(
            KubeCodec.decode(Resource.SERVICE_CIDRS, json("{'metadata':{'name':'a'}}"))
                .spec()
                .cidrs())
        .isEmpty();
  }

  @Test
  void timesWithAnOffsetAreRead() {
    Pod pod =
        KubeCodec.decode(
            Resource.PODS,
            json(
                "{'metadata':{'creationTimestamp':'2026-01-02T03:04:05+01:00',"
                    + "'deletionTimestamp':null},'spec':{}}"));
    assertThat(pod.metadata().creationTimestamp()).isEqualTo("2026-01-02T02:04:05Z");
    assertThat(pod.metadata().isTerminating()).isFalse();
  }

  @Test
  void absentAndNullConditionsAreDifferentFromFalse() {
    EndpointSlice slice =
        KubeCodec.decode(
            Resource.ENDPOINT_SLICES,
            json(
                "{'metadata':{'name':'a'},'addressType':'IPv4','ports':null,'endpoints':["
                    + "{'addresses':['1.1.1.1']},{'addresses':['1.1.1.2'],'conditions':{'ready':"
                    + "null}},{'addresses':['1.1.1.3'],'conditions':{'ready':false}}]}"));
    assertThat(slice.endpoints())
        .extracting(EndpointSlice.Endpoint::isReady)
        .containsExactly(true, true, false);
    assertThat(slice.ports()).isEmpty();
  }

  @Test
  void nodeNamesAreSharedBetweenEndpoints() {
    String text =
        "{'metadata':{'name':'a'},'endpoints':[{'addresses':['1.1.1.1'],'nodeName':'node-1'},"
            + "{'addresses':['1.1.1.2'],'nodeName':'node-1'}]}";
    EndpointSlice slice = KubeCodec.decode(Resource.ENDPOINT_SLICES, json(text));
    EndpointSlice other = KubeCodec.decode(Resource.ENDPOINT_SLICES, json(text));
    assertThat(slice.endpoints().get(0).nodeName()).isSameAs(slice.endpoints().get(1).nodeName());
    assertThat(slice.endpoints().get(0).nodeName()).isSameAs(other.endpoints().get(0).nodeName());
  }

  @Test
  void equalTemplatesHaveEqualText() {
    ReplicaSet one =
        KubeCodec.decode(
            Resource.REPLICA_SETS,
            json("{'metadata':{},'spec':{'selector':{},'template':{'a':1,'b':{'c':2,'d':3}}}}"));
    ReplicaSet two =
        KubeCodec.decode(
            Resource.REPLICA_SETS,
            json("{'metadata':{},'spec':{'template':{'b':{'d':3,'c':2},'a':1},'selector':{}}}"));
    assertThat(one.spec().template()).isEqualTo(two.spec().template());
    assertThat(one.spec().template().json()).isEqualTo("{\"a\":1,\"b\":{\"c\":2,\"d\":3}}");
  }

  @Test
  void nullsInListsAndMapsAreSkipped() {
    ConfigMap map =
        KubeCodec.decode(
            Resource.CONFIG_MAPS,
            json("{'metadata':{'labels':{'a':null,'b':'c'},'finalizers':[null,'f']},'data':null}"));
    assertThat(map.metadata().labels()).isEqualTo(Map.of("b", "c"));
    assertThat(map.metadata().finalizers()).isEqualTo(List.of("f"));
  }

  @Test
  void numbersAndNamesArePorts() {
    Service service =
        KubeCodec.decode(
            Resource.SERVICES,
            json(
                "{'metadata':{},'spec':{'ports':[{'port':1,'targetPort':8080},{'port':2,"
                    + "'targetPort':'web'},{'port':3}]}}"));
    assertThat(service.spec().ports())
        .extracting(Service.Port::targetPort)
        .containsExactly(IntOrString.of(8080), IntOrString.of("web"), null);
  }

  @Test
  void quantitiesAreTextEvenIfWrittenAsNumbers() {
    Pod pod =
        KubeCodec.decode(
            Resource.PODS,
            json(
                "{'metadata':{},'spec':{'containers':[{'name':'c','resources':{'limits':{'cpu':2}"
                    + "}}]}}"));
    Pod.Resources resources = pod.spec().containers().getFirst().resources();
    assertThat(resources).isNotNull();
    assertThat(resources.limits()).isEqualTo(Map.of("cpu", "2"));
  }

  static Stream<Arguments> brokenObjects() {
    return Stream.of(
        Arguments.of("no object", Resource.PODS, "[1]", "Pod: expected an object"),
        Arguments.of("no metadata", Resource.PODS, "{'spec':{}}", "metadata"),
        Arguments.of("no spec", Resource.PODS, "{'metadata':{'name':'p'}}", "spec"),
        Arguments.of("no selector", Resource.DEPLOYMENTS, "{'metadata':{},'spec':{}}", "selector"),
        Arguments.of(
            "wrong type",
            Resource.SERVICES,
            "{'metadata':{'name':'a'},'spec':{'ports':[{'port':'x'}]}}",
            "spec.ports[0].port"),
        Arguments.of(
            "wrong type in a slice",
            Resource.ENDPOINT_SLICES,
            "{'metadata':{'name':'a'},'endpoints':[{'addresses':[{}]}]}",
            "EndpointSlice: "),
        Arguments.of(
            "bad time",
            Resource.PODS,
            "{'metadata':{'creationTimestamp':'yesterday'},'spec':{}}",
            "RFC 3339"),
        Arguments.of("truncated", Resource.PODS, "{'metadata':{'name':'p'", "Pod: "),
        Arguments.of("empty", Resource.PODS, "", "Pod: "));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenObjects")
  void brokenObjectIsReportedInOneLine(
      String name, Resource<? extends KubeObject> resource, String text, String expected) {
    assertThatThrownBy(() -> KubeCodec.decode(resource, json(text)))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(expected)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void everyConstructibleDeploymentSurvivesItsJson() {
    Deployment deployment =
        KubeCodec.decode(
            Resource.DEPLOYMENTS,
            json("{'metadata':{'name':'d'},'spec':{'selector':{},'template':{'spec':{}}}}"));
    assertThat(
            KubeCodec.decode(
                Resource.DEPLOYMENTS, KubeCodec.encode(Resource.DEPLOYMENTS, deployment)))
        .isEqualTo(deployment);
    assertThat(new ObjectReference("", "Pod", "", "p", "", "", "").kind()).isEqualTo("Pod");
  }
}
