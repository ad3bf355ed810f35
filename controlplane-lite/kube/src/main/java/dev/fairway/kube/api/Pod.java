// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Pod (core/v1) with the fields that scheduling, running and endpoint publishing read. */
public record Pod(ObjectMeta metadata, Spec spec, Status status) implements KubeObject {
  public Pod {
    metadata = Absent.required(metadata, "metadata");
    spec = Absent.required(spec, "spec");
    status = status == null ? Status.EMPTY : status;
  }

  /**
   * What to run.
   *
   * @param restartPolicy Always, OnFailure or Never; "" means Always
   */
  public record Spec(
      List<Container> containers,
      List<Container> initContainers,
      String nodeName,
      Map<String, String> nodeSelector,
      String restartPolicy,
      @Nullable Long terminationGracePeriodSeconds,
      String hostname,
      String subdomain,
      boolean hostNetwork,
      List<Toleration> tolerations,
      List<Volume> volumes,
      String serviceAccountName,
      List<ReadinessGate> readinessGates) {
    public Spec {
      containers = Absent.asEmpty(containers);
      initContainers = Absent.asEmpty(initContainers);
      nodeName = Absent.asEmpty(nodeName);
      nodeSelector = Absent.asEmpty(nodeSelector);
      restartPolicy = Absent.asEmpty(restartPolicy);
      hostname = Absent.asEmpty(hostname);
      subdomain = Absent.asEmpty(subdomain);
      tolerations = Absent.asEmpty(tolerations);
      volumes = Absent.asEmpty(volumes);
      serviceAccountName = Absent.asEmpty(serviceAccountName);
      readinessGates = Absent.asEmpty(readinessGates);
    }
  }

  /** A further condition that must be True before the pod is Ready. */
  public record ReadinessGate(String conditionType) {
    public ReadinessGate {
      conditionType = Absent.asEmpty(conditionType);
    }
  }

  /** One container: a process group here. */
  public record Container(
      String name,
      String image,
      List<String> command,
      List<String> args,
      String workingDir,
      List<EnvVar> env,
      List<EnvFrom> envFrom,
      List<ContainerPort> ports,
      @Nullable Probe readinessProbe,
      @Nullable Probe livenessProbe,
      @Nullable Probe startupProbe,
      @Nullable Lifecycle lifecycle,
      @Nullable Resources resources,
      List<VolumeMount> volumeMounts,
      String imagePullPolicy) {
    public Container {
      name = Absent.asEmpty(name);
      image = Absent.asEmpty(image);
      command = Absent.asEmpty(command);
      args = Absent.asEmpty(args);
      workingDir = Absent.asEmpty(workingDir);
      env = Absent.asEmpty(env);
      envFrom = Absent.asEmpty(envFrom);
      ports = Absent.asEmpty(ports);
      volumeMounts = Absent.asEmpty(volumeMounts);
      imagePullPolicy = Absent.asEmpty(imagePullPolicy);
    }
  }

  /** Requests and limits, quantities as text by resource name. */
  public record Resources(Map<String, String> requests, Map<String, String> limits) {
    public Resources {
      requests = Absent.asEmpty(requests);
      limits = Absent.asEmpty(limits);
    }
  }

  /** Where a volume appears in a container. */
  public record VolumeMount(String name, String mountPath, boolean readOnly) {
    public VolumeMount {
      name = Absent.asEmpty(name);
      mountPath = Absent.asEmpty(mountPath);
    }
  }

  /** A volume; only the sources that can be told apart here. */
  public record Volume(
      String name,
      @Nullable ConfigMapVolume configMap,
      @Nullable SecretVolume secret,
      @Nullable EmptyDir emptyDir) {
    public Volume {
      name = Absent.asEmpty(name);
    }
  }

  /** A volume filled from a ConfigMap. */
  public record ConfigMapVolume(String name, @Nullable Boolean optional) {
    public ConfigMapVolume {
      name = Absent.asEmpty(name);
    }
  }

  /** A volume filled from a Secret. */
  public record SecretVolume(String secretName, @Nullable Boolean optional) {
    public SecretVolume {
      secretName = Absent.asEmpty(secretName);
    }
  }

  /** A volume that starts empty. */
  public record EmptyDir(@Nullable String medium) {}

  /** One environment variable: a value with $(VAR) references, or a source. */
  public record EnvVar(String name, @Nullable String value, @Nullable EnvVarSource valueFrom) {
    public EnvVar {
      name = Absent.asEmpty(name);
    }
  }

  /** Where the value of a variable comes from; exactly one is set. */
  public record EnvVarSource(
      @Nullable FieldRef fieldRef,
      @Nullable KeyRef configMapKeyRef,
      @Nullable KeyRef secretKeyRef,
      @Nullable ResourceFieldRef resourceFieldRef) {}

  /** A field of the pod, such as status.podIP. */
  public record FieldRef(String fieldPath) {
    public FieldRef {
      fieldPath = Absent.asEmpty(fieldPath);
    }
  }

  /** A resource of the container, such as limits.cpu. */
  public record ResourceFieldRef(@Nullable String containerName, String resource) {
    public ResourceFieldRef {
      resource = Absent.asEmpty(resource);
    }
  }

  /** A key of a ConfigMap or Secret. */
  public record KeyRef(String name, String key, @Nullable Boolean optional) {
    public KeyRef {
      name = Absent.asEmpty(name);
      key = Absent.asEmpty(key);
    }
  }

  /** All keys of a ConfigMap or Secret as variables. */
  public record EnvFrom(
      @Nullable String prefix, @Nullable NameRef configMapRef, @Nullable NameRef secretRef) {}

  /** A ConfigMap or Secret by name. */
  public record NameRef(String name, @Nullable Boolean optional) {
    public NameRef {
      name = Absent.asEmpty(name);
    }
  }

  /** A port that the container listens on. */
  public record ContainerPort(
      String name, int containerPort, String protocol, int hostPort, String hostIP) {
    public ContainerPort {
      name = Absent.asEmpty(name);
      protocol = Absent.asEmpty(protocol);
      hostIP = Absent.asEmpty(hostIP);
    }
  }

  /** Hooks around the life of a container. */
  public record Lifecycle(@Nullable Handler preStop, @Nullable Handler postStart) {}

  /** What a hook does. */
  public record Handler(
      @Nullable HttpGet httpGet,
      @Nullable Exec exec,
      @Nullable TcpSocket tcpSocket,
      @Nullable Sleep sleep) {}

  /** A pause. */
  public record Sleep(long seconds) {}

  /** A health check; absent numbers mean the API's defaults (0, 1, 10, 1, 3). */
  public record Probe(
      @Nullable HttpGet httpGet,
      @Nullable TcpSocket tcpSocket,
      @Nullable Exec exec,
      @Nullable Grpc grpc,
      @Nullable Integer initialDelaySeconds,
      @Nullable Integer timeoutSeconds,
      @Nullable Integer periodSeconds,
      @Nullable Integer successThreshold,
      @Nullable Integer failureThreshold,
      @Nullable Long terminationGracePeriodSeconds) {}

  /** Health by HTTP: 200..399 is success. */
  public record HttpGet(
      String path,
      @Nullable IntOrString port,
      String host,
      String scheme,
      List<HttpHeader> httpHeaders) {
    public HttpGet {
      path = Absent.asEmpty(path);
      host = Absent.asEmpty(host);
      scheme = Absent.asEmpty(scheme);
      httpHeaders = Absent.asEmpty(httpHeaders);
    }
  }

  /** A header to send. */
  public record HttpHeader(String name, String value) {
    public HttpHeader {
      name = Absent.asEmpty(name);
      value = Absent.asEmpty(value);
    }
  }

  /** Health by opening a connection. */
  public record TcpSocket(@Nullable IntOrString port, String host) {
    public TcpSocket {
      host = Absent.asEmpty(host);
    }
  }

  /** Health by a command's exit code. */
  public record Exec(List<String> command) {
    public Exec {
      command = Absent.asEmpty(command);
    }
  }

  /** Health by gRPC. */
  public record Grpc(int port, @Nullable String service) {}

  /** A toleration. */
  public record Toleration(
      String key, String operator, String value, String effect, @Nullable Long tolerationSeconds) {
    public Toleration {
      key = Absent.asEmpty(key);
      operator = Absent.asEmpty(operator);
      value = Absent.asEmpty(value);
      effect = Absent.asEmpty(effect);
    }
  }

  /**
   * What the node reports.
   *
   * @param phase Pending, Running, Succeeded, Failed or Unknown
   */
  public record Status(
      String phase,
      String reason,
      String message,
      String podIP,
      List<PodIp> podIPs,
      String hostIP,
      @Nullable Instant startTime,
      List<Condition> conditions,
      List<ContainerStatus> containerStatuses,
      List<ContainerStatus> initContainerStatuses) {
    static final Status EMPTY =
        new Status("", "", "", "", List.of(), "", null, List.of(), List.of(), List.of());

    public Status {
      phase = Absent.asEmpty(phase);
      reason = Absent.asEmpty(reason);
      message = Absent.asEmpty(message);
      podIP = Absent.asEmpty(podIP);
      podIPs = Absent.asEmpty(podIPs);
      hostIP = Absent.asEmpty(hostIP);
      conditions = Absent.asEmpty(conditions);
      containerStatuses = Absent.asEmpty(containerStatuses);
      initContainerStatuses = Absent.asEmpty(initContainerStatuses);
    }
  }

  /** One address of the pod. */
  public record PodIp(String ip) {
    public PodIp {
      ip = Absent.asEmpty(ip);
    }
  }

  /** What became of one container. */
  public record ContainerStatus(
      String name,
      String image,
      String imageID,
      String containerID,
      boolean ready,
      @Nullable Boolean started,
      int restartCount,
      @Nullable ContainerState state,
      @Nullable ContainerState lastState) {
    public ContainerStatus {
      name = Absent.asEmpty(name);
      image = Absent.asEmpty(image);
      imageID = Absent.asEmpty(imageID);
      containerID = Absent.asEmpty(containerID);
    }
  }

  /** Exactly one of the three is set. */
  public record ContainerState(
      @Nullable Waiting waiting, @Nullable Running running, @Nullable Terminated terminated) {}

  /** Not started yet, or between restarts. */
  public record Waiting(@Nullable String reason, @Nullable String message) {}

  /** Running since. */
  public record Running(@Nullable Instant startedAt) {}

  /** Ended. */
  public record Terminated(
      int exitCode,
      @Nullable Integer signal,
      @Nullable String reason,
      @Nullable String message,
      @Nullable Instant startedAt,
      @Nullable Instant finishedAt,
      @Nullable String containerID) {}

  /** Whether the Ready condition is True. */
  public boolean isReady() {
    for (Condition condition : status.conditions()) {
      if (condition.type().equals("Ready")) {
        return condition.isTrue();
      }
    }
    return false;
  }

  /** Whether the pod has ended for good (Succeeded or Failed). */
  public boolean isFinished() {
    return status.phase().equals("Succeeded") || status.phase().equals("Failed");
  }
}
