// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.ContainerStatus;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.Secret;
import dev.fairway.kube.client.Informer;
import dev.fairway.kube.client.InformerHandler;
import dev.fairway.kube.client.KubeApiException;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ListOptions;
import dev.fairway.kube.client.ReflectorOptions;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A node: registers itself, runs the pods that are bound to it, serves their logs. What a kubelet
 * is in a real cluster. Thread-safe.
 */
public final class NodeAgent implements AutoCloseable {
  private static final Logger LOG = System.getLogger(NodeAgent.class.getName());
  private static final Duration STOP_BOUND = Duration.ofSeconds(8);

  private final RuntimeOptions options;
  private final ProcessLauncher launcher = new ProcessLauncher();
  private final EventRecorder events;
  private final LogServer logs;
  private final NodeRegistration registration;
  private final PodContext context;
  private final Map<String, PodWorker> workers = new ConcurrentHashMap<>();
  private final Informer<Pod> pods;
  private volatile boolean closing;

  private NodeAgent(RuntimeOptions options, KubeClient client, SSLContext tls) throws IOException {
    this.options = options;
    this.events = new EventRecorder(client, options.nodeName(), options.clock());
    this.logs = LogServer.start(options.nodeAddress(), tls, this::findLog, options.clock());
    this.registration = new NodeRegistration(options, client, logs.port());
    this.context =
        new PodContext(
            options,
            client,
            launcher,
            new PodAddresses(options.podCidr(), AddressOffset.of(options.stateDir())),
            events,
            new ApiLookup(client),
            NodeRegistration.capacity());
    this.pods =
        new Informer<>(
            client,
            Resource.PODS,
            ListOptions.fields("spec.nodeName=" + options.nodeName()),
            ReflectorOptions.defaults());
  }

  /**
   * Starts a node. Returns when it is registered and knows its pods.
   *
   * @param tls a server certificate of the cluster's CA, which must also be what it trusts
   */
  public static NodeAgent start(RuntimeOptions options, KubeClient client, SSLContext tls)
      throws KubeApiException, IOException, InterruptedException {
    int killed =
        ProcessTable.killAll(
            ProcessTable.STATE_DIR + "=" + options.stateDir(),
            ProcessTable.NODE + "=" + options.nodeName());
    if (killed > 0) {
      LOG.log(Level.INFO, "killed what an earlier life left processes=" + killed);
    }
    NodeAgent agent = new NodeAgent(options, client, tls);
    try {
      agent.registration.start();
      agent.events.start();
      agent.runPods();
      return agent;
    } catch (KubeApiException | IOException | InterruptedException | RuntimeException e) {
      agent.close();
      throw e;
    }
  }

  private void runPods() throws InterruptedException, IOException {
    pods.addHandler(
        new InformerHandler<>() {
          @Override
          public void added(Pod pod) {
            changed(pod);
          }

          @Override
          public void updated(Pod old, Pod now) {
            changed(now);
          }

          @Override
          public void deleted(Pod last) {
            PodWorker worker = workers.get(last.metadata().uid());
            if (worker != null) {
              worker.tell(new WorkerEvent.Removed());
            }
          }
        });
    pods.start();
    if (!pods.awaitSynced(Duration.ofSeconds(30))) {
      throw new IOException("the API server did not list the pods of " + options.nodeName());
    }
    Set<String> uids = new HashSet<>();
    pods.all().forEach(pod -> uids.add(pod.metadata().uid()));
    PodFolders.deleteOthers(options.stateDir().resolve("pods"), options.nodeName(), uids);
  }

  private void changed(Pod pod) {
    if (closing) {
      return;
    }
    PodWorker known = workers.get(pod.metadata().uid());
    if (known != null) {
      known.tell(new WorkerEvent.Updated(pod));
      return;
    }
    PodWorker worker = new PodWorker(context, pod, gone -> workers.remove(gone.uid(), gone));
    workers.put(pod.metadata().uid(), worker);
    worker.start();
  }

  private LogServer.Found findLog(
      String namespace, String podName, String container, boolean previous) throws IOException {
    for (PodWorker worker : workers.values()) {
      Pod pod = worker.pod();
      if (pod.metadata().name().equals(podName) && pod.metadata().namespace().equals(namespace)) {
        return findLog(worker, pod, container, previous);
      }
    }
    throw new IOException("pod " + namespace + "/" + podName + " is not on this node");
  }

  private LogServer.Found findLog(PodWorker worker, Pod pod, String container, boolean previous)
      throws IOException {
    ContainerStatus status = status(pod, container);
    String where = "container \"" + container + "\" in pod \"" + pod.metadata().name() + "\"";
    if (status == null) {
      throw new IOException(where + " is not known yet");
    }
    Path folder = options.podFolder(pod.metadata().uid()).resolve(container);
    int run = status.restartCount();
    if (previous) {
      boolean runsAgain = status.state() == null || status.state().waiting() == null;
      int before = runsAgain ? run - 1 : run;
      Path file = folder.resolve(before + ".log");
      if (before < 0 || !Files.exists(file)) {
        throw new IOException("previous terminated " + where + " not found");
      }
      return new LogServer.Found(file, null);
    }
    Path file = folder.resolve(run + ".log");
    ContainerLog live = worker.liveLog(container, run);
    if (live == null && !Files.exists(file)) {
      String reason =
          status.state() == null || status.state().waiting() == null
              ? "has no log"
              : "is waiting to start: " + status.state().waiting().reason();
      throw new IOException(where + " " + reason);
    }
    return new LogServer.Found(file, live);
  }

  private static @Nullable ContainerStatus status(Pod pod, String container) {
    List<ContainerStatus> all = new ArrayList<>(pod.status().containerStatuses());
    all.addAll(pod.status().initContainerStatuses());
    for (ContainerStatus status : all) {
      if (status.name().equals(container)) {
        return status;
      }
    }
    return null;
  }

  /** Stops every process of the node; the pods' objects stay. Bounded. */
  @Override
  public void close() {
    closing = true;
    pods.close();
    registration.close();
    workers.values().forEach(worker -> worker.tell(new WorkerEvent.Stop()));
    try {
      for (PodWorker worker : workers.values()) {
        worker.join(STOP_BOUND);
      }
      ProcessTable.killAll(
          ProcessTable.STATE_DIR + "=" + options.stateDir(),
          ProcessTable.NODE + "=" + options.nodeName());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "processes may be left", e);
    }
    events.close();
    logs.close();
    launcher.close();
  }

  /** Reads configuration from the API server. */
  private record ApiLookup(KubeClient client) implements ObjectLookup {
    @Override
    public @Nullable ConfigMap configMap(String namespace, String name)
        throws IOException, InterruptedException {
      try {
        return client.find(Resource.CONFIG_MAPS, namespace, name);
      } catch (KubeApiException e) {
        throw new IOException(e);
      }
    }

    @Override
    public @Nullable Secret secret(String namespace, String name)
        throws IOException, InterruptedException {
      try {
        return client.find(Resource.SECRETS, namespace, name);
      } catch (KubeApiException e) {
        throw new IOException(e);
      }
    }
  }
}
