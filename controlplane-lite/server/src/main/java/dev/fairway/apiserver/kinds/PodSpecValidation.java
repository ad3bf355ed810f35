// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.FieldError;
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
  private static final List<String> RESTART = List.of("Always", "OnFailure", "Never");
  private static final List<String> DNS =
      List.of("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
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
    Tolerations.validate(problems, path + ".tolerations", spec);
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
          at + ".terminationMessagePolicy", messages, List.of("File", "FallbackToLogsOnError"));
    }
    ContainerPorts.validate(problems, at + ".ports", container);
    Environment.validate(problems, at + ".env", container);
    mounts(at + ".volumeMounts", container);
    String pull = Tree.text(container, "imagePullPolicy");
    if (pull.isEmpty()) {
      problems.required(at + ".imagePullPolicy", "");
    } else {
      problems.oneOf(at + ".imagePullPolicy", pull, PULL);
    }
    boolean sidecar = init && Tree.text(container, "restartPolicy").equals("Always");
    Probes.validate(problems, at, container, init && !sidecar);
    Probes.hooks(problems, at + ".lifecycle", container.path("lifecycle"));
    Resources.validate(problems, at + ".resources", container.path("resources"));
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
        problems.add(FieldError.notFound(here + ".name", name));
      }
      String mountPath = Tree.text(mount, "mountPath");
      if (mountPath.isEmpty()) {
        problems.required(here + ".mountPath", "");
      } else if (!paths.add(mountPath)) {
        problems.invalid(here + ".mountPath", mountPath, "must be unique");
      }
    }
  }
}
