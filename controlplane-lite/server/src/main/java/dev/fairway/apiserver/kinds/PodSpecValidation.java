// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What Kubernetes refuses in a pod spec, in a pod and in a template: the fields that Fairway's
 * nodes use.
 */
final class PodSpecValidation {
  private static final List<String> RESTART = List.of("Always", "Never", "OnFailure");
  private static final List<String> DNS =
      List.of("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None");
  private static final List<String> PULL = List.of("Always", "IfNotPresent", "Never");

  private final Problems problems;
  private final JsonNode spec;
  private final String path;
  private final Set<String> volumes = new HashSet<>();
  private final Set<String> names = new HashSet<>();

  private PodSpecValidation(Problems problems, JsonNode spec, String path) {
    this.problems = problems;
    this.spec = spec;
    this.path = path;
  }

  static void validate(Problems problems, JsonNode spec, String path) {
    new PodSpecValidation(problems, spec, path).all();
  }

  private void all() {
    volumes();
    containers("containers");
    containers("initContainers");
    text("restartPolicy", RESTART);
    text("dnsPolicy", DNS);
    if (spec.has("activeDeadlineSeconds")) {
      long seconds = Tree.number(spec, "activeDeadlineSeconds", 0);
      if (seconds < 1 || seconds > Integer.MAX_VALUE) {
        problems.invalid(
            path + ".activeDeadlineSeconds",
            seconds,
            "must be between 1 and 2147483647, inclusive");
      }
    }
    Syntax.labels(problems, path + ".nodeSelector", spec.path("nodeSelector"));
    for (String field : List.of("serviceAccountName", "nodeName")) {
      String name = Tree.text(spec, field);
      if (!name.isEmpty()) {
        problems.syntax(path + "." + field, name, Syntax.subdomain(name));
      }
    }
    tolerations();
    for (String field : List.of("hostname", "subdomain")) {
      String name = Tree.text(spec, field);
      if (!name.isEmpty()) {
        problems.syntax(path + "." + field, name, Syntax.label(name));
      }
    }
  }

  private void text(String field, List<String> supported) {
    String value = Tree.text(spec, field);
    if (value.isEmpty()) {
      problems.required(path + "." + field, "");
    } else {
      problems.oneOf(path + "." + field, value, supported);
    }
  }

  private void volumes() {
    int i = 0;
    for (ObjectNode volume : Tree.objects(spec, "volumes")) {
      String at = path + ".volumes[" + i++ + "]";
      String name = Tree.text(volume, "name");
      if (name.isEmpty()) {
        problems.required(at + ".name", "");
        continue;
      }
      problems.syntax(at + ".name", name, Syntax.label(name));
      if (!volumes.add(name)) {
        problems.duplicate(at + ".name", volume.path("name"));
      }
      if (volume.size() > 2) {
        List<String> sources =
            volume.propertyNames().stream().filter(f -> !f.equals("name")).toList();
        problems.forbidden(at + "." + sources.get(1), "may not specify more than 1 volume type");
      }
      if (volume.get("secret") instanceof ObjectNode secret && !Tree.isSet(secret, "secretName")) {
        problems.required(at + ".secret.secretName", "");
      }
      if (volume.get("configMap") instanceof ObjectNode map && !Tree.isSet(map, "name")) {
        problems.required(at + ".configMap.name", "");
      }
      if (volume.get("hostPath") instanceof ObjectNode host && !Tree.isSet(host, "path")) {
        problems.required(at + ".hostPath.path", "");
      }
    }
  }

  private void containers(String list) {
    List<ObjectNode> containers = Tree.objects(spec, list);
    if (containers.isEmpty() && list.equals("containers")) {
      problems.required(path + ".containers", "");
    }
    int i = 0;
    for (ObjectNode container : containers) {
      container(path + "." + list + "[" + i++ + "]", container, list.equals("initContainers"));
    }
  }

  private void container(String at, ObjectNode container, boolean init) {
    String name = Tree.text(container, "name");
    if (name.isEmpty()) {
      problems.required(at + ".name", "");
    } else {
      problems.syntax(at + ".name", name, Syntax.label(name));
    }
    if (!name.isEmpty() && !names.add(name)) {
      problems.duplicate(at + ".name", container.path("name"));
    }
    String image = Tree.text(container, "image");
    if (image.isEmpty()) {
      problems.required(at + ".image", "");
    } else if (!image.equals(image.strip())) {
      problems.invalid(at + ".image", image, "must not have leading or trailing whitespace");
    }
    String messages = Tree.text(container, "terminationMessagePolicy");
    if (messages.isEmpty()) {
      problems.required(at + ".terminationMessagePolicy", "");
    } else {
      problems.oneOf(
          at + ".terminationMessagePolicy", messages, List.of("FallbackToLogsOnError", "File"));
    }
    ContainerPorts.validate(problems, at + ".ports", container);
    environment(at + ".env", container);
    mounts(at + ".volumeMounts", container);
    String pull = Tree.text(container, "imagePullPolicy");
    if (pull.isEmpty()) {
      problems.required(at + ".imagePullPolicy", "");
    } else {
      problems.oneOf(at + ".imagePullPolicy", pull, PULL);
    }
    boolean sidecar = init && Tree.text(container, "restartPolicy").equals("Always");
    Probes.validate(problems, at, container, init && !sidecar);
  }

  private void environment(String at, ObjectNode container) {
    int i = 0;
    for (ObjectNode variable : Tree.objects(container, "env")) {
      String here = at + "[" + i++ + "]";
      String name = Tree.text(variable, "name");
      if (name.isEmpty()) {
        problems.required(here + ".name", "");
      } else {
        problems.syntax(here + ".name", name, Syntax.envName(name));
      }
      JsonNode from = variable.path("valueFrom");
      if (from.isObject()) {
        if (from.isEmpty()) {
          problems.invalid(
              here + ".valueFrom",
              "",
              "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
        } else if (Tree.isSet(variable, "value")) {
          problems.invalid(
              here + ".valueFrom", "", "may not be specified when `value` is not empty");
        } else if (from.size() > 1) {
          problems.invalid(
              here + ".valueFrom", "", "may not have more than one field specified at a time");
        }
      }
    }
  }

  private void mounts(String at, ObjectNode container) {
    int i = 0;
    Set<String> paths = new HashSet<>();
    for (ObjectNode mount : Tree.objects(container, "volumeMounts")) {
      String here = at + "[" + i++ + "]";
      String name = Tree.text(mount, "name");
      if (name.isEmpty()) {
        problems.required(here + ".name", "");
      } else if (!volumes.contains(name)) {
        problems.add(dev.fairway.apiserver.registry.FieldError.notFound(here + ".name", name));
      }
      String mountPath = Tree.text(mount, "mountPath");
      if (mountPath.isEmpty()) {
        problems.required(here + ".mountPath", "");
      } else if (!paths.add(mountPath)) {
        problems.invalid(here + ".mountPath", mountPath, "must be unique");
      }
    }
  }

  private void tolerations() {
    int i = 0;
    for (ObjectNode toleration : Tree.objects(spec, "tolerations")) {
      String at = path + ".tolerations[" + i++ + "]";
      String key = Tree.text(toleration, "key");
      String operator = Tree.text(toleration, "operator");
      if (!key.isEmpty()) {
        problems.syntax(at + ".key", key, Syntax.qualifiedName(key));
      } else if (!operator.equals("Exists")) {
        problems.invalid(
            at + ".operator",
            operator,
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
      }
      String effect = Tree.text(toleration, "effect");
      if (toleration.has("tolerationSeconds") && !effect.equals("NoExecute")) {
        problems.invalid(
            at + ".effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
      }
      switch (operator) {
        case "", "Equal" -> {
          String value = Tree.text(toleration, "value");
          problems.syntax(at + ".operator", value, Syntax.labelValue(value));
        }
        case "Exists" -> {
          if (Tree.isSet(toleration, "value")) {
            problems.invalid(
                at + ".operator", toleration, "value must be empty when `operator` is 'Exists'");
          }
        }
        default -> problems.oneOf(at + ".operator", operator, List.of("Equal", "Exists"));
      }
      if (!effect.isEmpty()) {
        problems.oneOf(
            at + ".effect", effect, List.of("NoExecute", "NoSchedule", "PreferNoSchedule"));
      }
    }
  }
}
