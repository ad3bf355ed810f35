// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.Container;
import dev.fairway.kube.api.Pod.EnvFrom;
import dev.fairway.kube.api.Pod.EnvVar;
import dev.fairway.kube.api.Pod.EnvVarSource;
import dev.fairway.kube.api.Pod.KeyRef;
import dev.fairway.kube.api.Pod.ResourceFieldRef;
import dev.fairway.kube.api.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a container, in the kubelet's order: what the machine and this node give,
 * Services, envFrom, env. Values refer with {@code $(NAME)} to what stands before them. Immutable.
 */
final class ContainerEnvironment {
  /** The machine's variables that a container keeps; everything else of ours stays with us. */
  private static final String[] INHERITED = {"PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "JAVA_HOME"};

  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** What the node knows about the pod beyond its object. */
  record Place(
      String podIp, String nodeName, String nodeAddress, Map<String, String> allocatable) {}

  private final Pod pod;
  private final Container container;
  private final Place place;
  private final ObjectLookup objects;

  ContainerEnvironment(Pod pod, Container container, Place place, ObjectLookup objects) {
    this.pod = pod;
    this.container = container;
    this.place = place;
    this.objects = objects;
  }

  /**
   * Every variable.
   *
   * @param machine the environment of this JVM
   * @param services the variables about Services
   * @param marks variables that nobody may overwrite
   */
  Map<String, String> resolve(
      Map<String, String> machine, Map<String, String> services, Map<String, String> marks)
      throws ContainerConfigException, IOException, InterruptedException {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("PATH", DEFAULT_PATH);
    for (String name : INHERITED) {
      String value = machine.get(name);
      if (value != null) {
        all.put(name, value);
      }
    }
    all.put("HOME", machine.getOrDefault("HOME", "/"));
    all.put("HOSTNAME", hostname(pod));
    all.put("POD_NAME", pod.metadata().name());
    all.put("POD_NAMESPACE", pod.metadata().namespace());
    all.put("POD_IP", place.podIp());
    all.put("NODE_NAME", place.nodeName());
    all.putAll(services);
    for (EnvFrom from : container.envFrom()) {
      addAll(all, from);
    }
    for (EnvVar variable : container.env()) {
      add(all, variable);
    }
    all.putAll(marks);
    return all;
  }

  /** The name that the pod's host would have. */
  static String hostname(Pod pod) {
    String name = pod.spec().hostname().isEmpty() ? pod.metadata().name() : pod.spec().hostname();
    return name.length() <= 63 ? name : name.substring(0, 63).replaceAll("[-.]+$", "");
  }

  private void addAll(Map<String, String> all, EnvFrom from)
      throws ContainerConfigException, IOException, InterruptedException {
    String prefix = from.prefix() == null ? "" : from.prefix();
    if (from.configMapRef() != null) {
      ConfigMap map = objects.configMap(pod.metadata().namespace(), from.configMapRef().name());
      if (map != null) {
        map.data().forEach((key, value) -> all.put(prefix + key, value));
      } else if (!isOptional(from.configMapRef().optional())) {
        throw missing("configmap", from.configMapRef().name());
      }
    }
    if (from.secretRef() != null) {
      Secret secret = objects.secret(pod.metadata().namespace(), from.secretRef().name());
      if (secret != null) {
        for (String key : secret.data().keySet()) {
          putSecret(all, prefix + key, secret.decoded(key));
        }
      } else if (!isOptional(from.secretRef().optional())) {
        throw missing("secret", from.secretRef().name());
      }
    }
  }

  private static void putSecret(Map<String, String> all, String name, byte @Nullable [] value) {
    if (value != null) {
      all.put(name, new String(value, StandardCharsets.UTF_8));
    }
  }

  private void add(Map<String, String> all, EnvVar variable)
      throws ContainerConfigException, IOException, InterruptedException {
    EnvVarSource source = variable.valueFrom();
    if (source == null) {
      String value = variable.value() == null ? "" : variable.value();
      all.put(variable.name(), VariableExpansion.expand(value, all));
      return;
    }
    String value = null;
    if (source.fieldRef() != null) {
      value = field(source.fieldRef().fieldPath());
    } else if (source.resourceFieldRef() != null) {
      value = resource(source.resourceFieldRef());
    } else if (source.configMapKeyRef() != null) {
      value = configMapKey(source.configMapKeyRef());
    } else if (source.secretKeyRef() != null) {
      value = secretKey(source.secretKeyRef());
    }
    if (value != null) {
      all.put(variable.name(), value);
    }
  }

  private String field(String path) throws ContainerConfigException {
    int bracket = path.indexOf("['");
    if (bracket > 0 && path.endsWith("']")) {
      String key = path.substring(bracket + 2, path.length() - 2);
      return switch (path.substring(0, bracket)) {
        case "metadata.labels" -> pod.metadata().labels().getOrDefault(key, "");
        case "metadata.annotations" -> pod.metadata().annotations().getOrDefault(key, "");
        default -> throw unsupported(path);
      };
    }
    return switch (path) {
      case "metadata.name" -> pod.metadata().name();
      case "metadata.namespace" -> pod.metadata().namespace();
      case "metadata.uid" -> pod.metadata().uid();
      case "spec.nodeName" -> place.nodeName();
      case "spec.serviceAccountName" ->
          pod.spec().serviceAccountName().isEmpty() ? "default" : pod.spec().serviceAccountName();
      case "status.podIP", "status.podIPs" -> place.podIp();
      case "status.hostIP", "status.hostIPs" -> place.nodeAddress();
      default -> throw unsupported(path);
    };
  }

  private static ContainerConfigException unsupported(String path) {
    return new ContainerConfigException(
        "CreateContainerConfigError", "unsupported fieldPath: " + path);
  }

  /** A limit or request in whole cores or bytes; a missing limit is what the node has. */
  private String resource(ResourceFieldRef ref) throws ContainerConfigException {
    Container of = container;
    for (Container other : pod.spec().containers()) {
      if (other.name().equals(ref.containerName())) {
        of = other;
      }
    }
    int dot = ref.resource().indexOf('.');
    String kind = dot < 0 ? "" : ref.resource().substring(0, dot);
    String name = ref.resource().substring(dot + 1);
    Map<String, String> declared =
        of.resources() == null
            ? Map.of()
            : switch (kind) {
              case "limits" -> of.resources().limits();
              case "requests" -> of.resources().requests();
              default -> Map.of();
            };
    String fallback = kind.equals("limits") ? place.allocatable().getOrDefault(name, "0") : "0";
    try {
      return Long.toString(Quantities.roundedUp(declared.getOrDefault(name, fallback)));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new ContainerConfigException(
          "CreateContainerConfigError", ref.resource() + ": " + e.getMessage());
    }
  }

  private @Nullable String configMapKey(KeyRef ref)
      throws ContainerConfigException, IOException, InterruptedException {
    ConfigMap map = objects.configMap(pod.metadata().namespace(), ref.name());
    String value = map == null ? null : map.data().get(ref.key());
    if (value == null && !isOptional(ref.optional())) {
      throw map == null
          ? missing("configmap", ref.name())
          : missingKey(ref.key(), "ConfigMap", ref.name());
    }
    return value;
  }

  private @Nullable String secretKey(KeyRef ref)
      throws ContainerConfigException, IOException, InterruptedException {
    Secret secret = objects.secret(pod.metadata().namespace(), ref.name());
    byte[] value = secret == null ? null : secret.decoded(ref.key());
    if (value == null && !isOptional(ref.optional())) {
      throw secret == null
          ? missing("secret", ref.name())
          : missingKey(ref.key(), "Secret", ref.name());
    }
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  private static boolean isOptional(@Nullable Boolean optional) {
    return Boolean.TRUE.equals(optional);
  }

  private ContainerConfigException missingKey(String key, String kind, String name) {
    return new ContainerConfigException(
        "CreateContainerConfigError",
        "couldn't find key " + key + " in " + kind + " " + pod.metadata().namespace() + "/" + name);
  }

  private static ContainerConfigException missing(String resource, String name) {
    return new ContainerConfigException(
        "CreateContainerConfigError", resource + " \"" + name + "\" not found");
  }
}
