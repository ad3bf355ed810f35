// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Defaults of a pod spec, in a pod and in a template. */
final class PodDefaults {
  private static final int FILE_MODE = 0644;

  private PodDefaults() {}

  static void apply(ObjectNode spec) {
    Tree.defaultText(spec, "dnsPolicy", "ClusterFirst");
    Tree.defaultText(spec, "restartPolicy", "Always");
    Tree.defaultNumber(spec, "terminationGracePeriodSeconds", 30);
    if (Tree.number(spec, "terminationGracePeriodSeconds", 0) < 0) {
      spec.put("terminationGracePeriodSeconds", 1);
    }
    Tree.defaultText(spec, "schedulerName", "default-scheduler");
    Tree.ensure(spec, "securityContext");
    Tree.dropEmpty(spec, "nodeName", "nodeSelector", "initContainers", "tolerations", "volumes");
    for (ObjectNode volume : Tree.objects(spec, "volumes")) {
      volume(volume);
    }
    boolean hostNetwork = Tree.flag(spec, "hostNetwork");
    for (String list : List.of("initContainers", "containers")) {
      for (ObjectNode container : Tree.objects(spec, list)) {
        container(container, hostNetwork);
      }
    }
  }

  private static void container(ObjectNode container, boolean hostNetwork) {
    Tree.defaultText(container, "terminationMessagePath", "/dev/termination-log");
    Tree.defaultText(container, "terminationMessagePolicy", "File");
    Tree.defaultText(container, "imagePullPolicy", pullPolicy(Tree.text(container, "image")));
    Tree.dropEmpty(container, "args", "command", "env", "ports", "volumeMounts");
    for (ObjectNode port : Tree.objects(container, "ports")) {
      Tree.defaultText(port, "protocol", "TCP");
      if (hostNetwork) {
        Tree.defaultNonZero(port, "hostPort", Tree.number(port, "containerPort", 0));
      }
    }
    for (ObjectNode variable : Tree.objects(container, "env")) {
      Tree.dropEmpty(variable, "value");
      if (variable.path("valueFrom").get("fieldRef") instanceof ObjectNode reference) {
        Tree.defaultText(reference, "apiVersion", "v1");
      }
    }
    ObjectNode resources = Tree.ensure(container, "resources");
    if (resources.path("limits").isObject() && !resources.path("limits").isEmpty()) {
      ObjectNode requests = Tree.ensure(resources, "requests");
      for (Map.Entry<String, JsonNode> limit : resources.path("limits").properties()) {
        if (!requests.has(limit.getKey())) {
          requests.set(limit.getKey(), limit.getValue());
        }
      }
    }
    for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      if (container.get(probe) instanceof ObjectNode object) {
        probe(object);
      }
    }
    for (String hook : List.of("postStart", "preStop")) {
      if (container.path("lifecycle").path(hook).get("httpGet") instanceof ObjectNode get) {
        httpGet(get);
      }
    }
  }

  /** Kubernetes pulls a moving tag every time and a fixed one once. */
  private static String pullPolicy(String image) {
    if (image.contains("@")) {
      return "IfNotPresent";
    }
    String last = image.substring(image.lastIndexOf('/') + 1);
    int colon = last.indexOf(':');
    boolean latest = colon < 0 || last.substring(colon + 1).equals("latest");
    return latest ? "Always" : "IfNotPresent";
  }

  private static void probe(ObjectNode probe) {
    Tree.defaultNonZero(probe, "timeoutSeconds", 1);
    Tree.defaultNonZero(probe, "periodSeconds", 10);
    Tree.defaultNonZero(probe, "successThreshold", 1);
    Tree.defaultNonZero(probe, "failureThreshold", 3);
    if (probe.get("httpGet") instanceof ObjectNode get) {
      httpGet(get);
    }
    if (probe.get("grpc") instanceof ObjectNode grpc && !grpc.has("service")) {
      grpc.put("service", "");
    }
  }

  private static void httpGet(ObjectNode get) {
    Tree.defaultText(get, "path", "/");
    Tree.defaultText(get, "scheme", "HTTP");
  }

  private static void volume(ObjectNode volume) {
    boolean hasSource = volume.size() > (volume.has("name") ? 1 : 0);
    if (!hasSource) {
      volume.putObject("emptyDir");
    }
    for (String source : List.of("configMap", "secret", "downwardAPI", "projected")) {
      if (volume.get(source) instanceof ObjectNode object) {
        Tree.defaultNumber(object, "defaultMode", FILE_MODE);
      }
    }
    if (volume.get("hostPath") instanceof ObjectNode path && !path.has("type")) {
      path.put("type", "");
    }
    for (ObjectNode source : Tree.objects(volume.path("projected"), "sources")) {
      if (source.get("serviceAccountToken") instanceof ObjectNode token) {
        Tree.defaultNumber(token, "expirationSeconds", 3600);
      }
    }
  }
}
