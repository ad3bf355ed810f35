// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.Container;
import dev.fairway.kube.api.Pod.ContainerState;
import dev.fairway.kube.api.Pod.ContainerStatus;
import dev.fairway.kube.api.Pod.Terminated;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One pod from its appearance on this node until nothing is left of it. All state belongs to one
 * virtual thread that handles events, then brings the containers one step nearer to what is wanted,
 * then publishes the status, then sleeps until the next event or the next time something is due.
 */
final class PodWorker {
  private static final Logger LOG = System.getLogger(PodWorker.class.getName());
  private static final Duration DRAIN_BOUND = Duration.ofSeconds(2);
  private static final Duration DRAIN_POLL = Duration.ofMillis(20);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration STOP_GRACE = Duration.ofSeconds(2);

  private enum Phase {
    LIVE,
    DRAINING,
    STOPPING,
    GONE
  }

  private final PodContext context;
  private final ContainerStarter starter;
  private final ContainerStops stops;
  private final ContainerChecks checks;
  private final PodStatusWriter statusWriter;
  private final Consumer<PodWorker> onGone;
  private final LinkedBlockingQueue<WorkerEvent> events = new LinkedBlockingQueue<>();
  private final List<ContainerSlot> init = new ArrayList<>();
  private final List<ContainerSlot> main = new ArrayList<>();
  private volatile Pod pod;
  private Phase phase = Phase.LIVE;
  private boolean isSetUp;
  private boolean objectGone;
  private boolean clusterStops;
  private String podIp = "";
  private boolean ownsIp;
  private @Nullable Instant startTime;
  private Instant drainUntil = Instant.MAX;
  private Instant wakeAt = Instant.MAX;
  private @Nullable Thread thread;

  PodWorker(PodContext context, Pod pod, Consumer<PodWorker> onGone) {
    this.context = context;
    this.pod = pod;
    this.onGone = onGone;
    this.starter = new ContainerStarter(context);
    this.checks = new ContainerChecks(context.launcher(), events::add);
    this.stops = new ContainerStops(context, checks);
    this.statusWriter = new PodStatusWriter(context);
    restore();
  }

  void start() {
    thread = Thread.ofVirtual().name("pod-" + pod.key()).start(this::run);
  }

  /** Tells the worker something; thread-safe. */
  void tell(WorkerEvent event) {
    events.add(event);
  }

  String uid() {
    return pod.metadata().uid();
  }

  /** The newest object that the worker knows; any thread. */
  Pod pod() {
    return pod;
  }

  /** The running process of a container, for its log; any thread, possibly a moment late. */
  @Nullable ContainerLog liveLog(String container, int restart) {
    for (ContainerSlot slot : allSlots()) {
      ContainerProcess process = slot.process;
      if (slot.spec.name().equals(container) && process != null && slot.restartCount == restart) {
        return process.log();
      }
    }
    return null;
  }

  boolean join(Duration bound) throws InterruptedException {
    return thread == null || thread.join(bound);
  }

  private void run() {
    while (phase != Phase.GONE) {
      try {
        wakeAt = Instant.MAX;
        step();
        publish();
        if (phase != Phase.GONE) {
          awaitEvents();
        }
      } catch (InterruptedException _) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.WARNING, "pod will be tried again pod=" + pod.key(), e);
        pause();
      }
    }
    onGone.accept(this);
  }

  private void pause() {
    try {
      Thread.sleep(RETRY);
      drainEvents(events.poll());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      phase = Phase.GONE;
    }
  }

  private void restore() {
    Pod.Status status = pod.status();
    boolean restartable = !pod.spec().restartPolicy().equals("Never");
    fill(init, pod.spec().initContainers(), true, status.initContainerStatuses(), restartable);
    fill(main, pod.spec().containers(), false, status.containerStatuses(), restartable);
    startTime = status.startTime();
  }

  private void fill(
      List<ContainerSlot> slots,
      List<Container> containers,
      boolean isInit,
      List<ContainerStatus> before,
      boolean restartable) {
    for (Container container : containers) {
      ContainerSlot slot = new ContainerSlot(container, isInit);
      for (ContainerStatus status : before) {
        if (status.name().equals(container.name())) {
          slot.restore(status, restartable, context.now());
        }
      }
      slots.add(slot);
    }
  }

  private void awaitEvents() throws InterruptedException, IOException {
    WorkerEvent event;
    if (wakeAt.equals(Instant.MAX)) {
      event = events.take();
    } else {
      long nanos = Math.max(0, Duration.between(context.now(), wakeAt).toNanos());
      event = events.poll(nanos, TimeUnit.NANOSECONDS);
    }
    drainEvents(event);
  }

  private void drainEvents(@Nullable WorkerEvent first) {
    for (WorkerEvent event = first; event != null; event = events.poll()) {
      handle(event);
    }
  }

  private void handle(WorkerEvent event) {
    Instant now = context.now();
    switch (event) {
      case WorkerEvent.Updated(Pod newer) -> pod = newer;
      case WorkerEvent.Removed() -> objectGone = true;
      case WorkerEvent.Stop() -> clusterStops = true;
      case WorkerEvent.Exited(ContainerSlot slot, ContainerProcess process) -> {
        ContainerProcess.Exit exit = process.exit();
        if (slot.process == process && exit != null) {
          slot.ended(exit);
        }
      }
      case WorkerEvent.Probed probed -> handle(probed, now);
      case WorkerEvent.PreStopDone done -> {
        if (!done.result().success()) {
          context
              .events()
              .warning(pod, done.slot().spec.name(), "FailedPreStopHook", done.result().text());
        }
        stops.hookDone(done.slot(), done.process());
      }
      case WorkerEvent.PostStartDone(var slot, var process, var result) -> {
        if (slot.process == process) {
          slot.postStartPending = false;
          slot.startIfPossible(now);
          if (!result.success()) {
            context.events().warning(pod, slot.spec.name(), "FailedPostStartHook", result.text());
            stops.begin(pod, slot, podIp, now.plusSeconds(grace()));
          }
        }
      }
    }
  }

  private void handle(WorkerEvent.Probed probed, Instant now) {
    ContainerSlot slot = probed.slot();
    ProbeState probe = probed.probe();
    if (slot.process != probed.process() || !slot.probes.contains(probe)) {
      return;
    }
    slot.probesUnderWay.remove(probe);
    boolean changed = probe.finish(probed.result().success(), probed.regular(), now);
    String name =
        switch (probe.kind()) {
          case STARTUP -> "Startup";
          case LIVENESS -> "Liveness";
          case READINESS -> "Readiness";
        };
    if (!probed.result().success() && probed.regular() && phase == Phase.LIVE) {
      context
          .events()
          .warning(
              pod,
              slot.spec.name(),
              "Unhealthy",
              name + " probe failed: " + probed.result().text());
    }
    if (changed && probe.hasFailed() && phase == Phase.LIVE) {
      context
          .events()
          .normal(
              pod,
              slot.spec.name(),
              "Killing",
              "Container "
                  + slot.spec.name()
                  + " failed "
                  + name.toLowerCase(java.util.Locale.ROOT)
                  + " probe, will be restarted");
      Long own = probe.probe().terminationGracePeriodSeconds();
      stops.begin(pod, slot, podIp, now.plusSeconds(own == null ? grace() : own));
    }
    slot.startIfPossible(now);
  }

  private long grace() {
    Long seconds = pod.spec().terminationGracePeriodSeconds();
    return seconds == null ? 30 : seconds;
  }

  private void step() throws IOException, InterruptedException {
    Instant now = context.now();
    if (objectGone || clusterStops) {
      stopNow(now);
      return;
    }
    if (phase == Phase.LIVE && pod.metadata().isTerminating()) {
      phase = Phase.DRAINING;
      drainUntil = now.plus(DRAIN_BOUND);
      for (ContainerSlot slot : runningSlots()) {
        context
            .events()
            .normal(pod, slot.spec.name(), "Killing", "Stopping container " + slot.spec.name());
      }
    }
    if (phase == Phase.LIVE && !pod.isFinished() && setUp(now)) {
      runContainers(now);
    } else if (phase == Phase.DRAINING) {
      drain(now);
    }
    if (phase == Phase.STOPPING) {
      stop(now);
    }
    stepRunning(now);
  }

  /** What every running container needs: probes, and the next step of a stop under way. */
  private void stepRunning(Instant now) throws IOException, InterruptedException {
    for (ContainerSlot slot : runningSlots()) {
      wake(stops.step(slot, now));
      ContainerProcess process = slot.process;
      if (process == null || slot.stopping != ContainerSlot.Stopping.NO) {
        continue;
      }
      for (ProbeState probe : List.copyOf(slot.probes)) {
        if (slot.probesUnderWay.contains(probe)) {
          continue;
        }
        if (probe.nextTry().isAfter(now)) {
          wake(probe.nextTry());
        } else {
          slot.probesUnderWay.add(probe);
          checks.probe(slot, process, probe, probe.begin(now), podIp);
        }
      }
    }
  }

  /** Address and folder; false while there is no address. */
  private boolean setUp(Instant now) throws IOException {
    if (isSetUp) {
      return true;
    }
    if (startTime == null) {
      startTime = now;
    }
    if (pod.spec().hostNetwork()) {
      podIp = context.options().nodeAddress();
    } else {
      String before = pod.status().podIP();
      String address =
          !before.isEmpty() && context.addresses().reserve(before)
              ? before
              : context.addresses().allocate();
      if (address == null) {
        context
            .events()
            .warning(pod, "", "FailedCreatePodSandBox", "every pod address of the node is in use");
        wake(now.plus(RETRY.multipliedBy(10)));
        return false;
      }
      podIp = address;
      ownsIp = true;
    }
    Path folder = Files.createDirectories(context.options().podFolder(uid()));
    Files.writeString(folder.resolve("node"), context.options().nodeName() + "\n");
    isSetUp = true;
    announce(folder);
    return true;
  }

  private void announce(Path folder) {
    if (pod.spec().containers().stream().anyMatch(c -> !EntryPoint.isHello(c.image()))) {
      context
          .events()
          .normal(
              pod,
              "",
              "HostFiles",
              "Images are not unpacked: containers run as processes with this machine's files");
    }
    if (pod.spec().volumes().stream()
        .anyMatch(v -> v.configMap() != null || v.secret() != null || v.emptyDir() != null)) {
      context
          .events()
          .normal(
              pod,
              "",
              "VolumesNotMounted",
              "Volumes do not appear at their mount paths: they are in "
                  + folder.resolve("volumes")
                  + " (environment FAIRWAY_VOLUMES)");
    }
  }

  private void runContainers(Instant now) throws InterruptedException {
    for (ContainerSlot slot : init) {
      if (!slot.isDone()) {
        runContainer(slot, now);
        return;
      }
    }
    for (ContainerSlot slot : main) {
      runContainer(slot, now);
    }
  }

  private void runContainer(ContainerSlot slot, Instant now) throws InterruptedException {
    if (slot.isRunning()) {
      return;
    }
    Terminated end = slot.end();
    if (end != null) {
      if (!restarts(slot, end)) {
        return;
      }
      Instant finished = end.finishedAt() == null ? now : end.finishedAt();
      Instant at = slot.backoff.restartAt(finished);
      slot.backoff.restarted(finished, now);
      if (at.isAfter(now)) {
        slot.waitForRestart(
            at, pod.metadata().name() + "_" + pod.metadata().namespace() + "(" + uid() + ")");
        context
            .events()
            .warning(
                pod,
                slot.spec.name(),
                "BackOff",
                "Back-off restarting failed container "
                    + slot.spec.name()
                    + " in pod "
                    + pod.metadata().name());
      }
    }
    if (slot.retryAt != null && slot.retryAt.isAfter(now)) {
      wake(slot.retryAt);
      return;
    }
    startContainer(slot, now);
  }

  private boolean restarts(ContainerSlot slot, Terminated end) {
    return switch (pod.spec().restartPolicy()) {
      case "Never" -> false;
      case "OnFailure" -> end.exitCode() != 0;
      default -> !slot.init || end.exitCode() != 0;
    };
  }

  private void startContainer(ContainerSlot slot, Instant now) throws InterruptedException {
    if (slot.state.terminated() != null) {
      slot.lastState = slot.state;
    }
    String name = slot.spec.name();
    try {
      starter.start(
          pod, slot, podIp, (ended, process) -> tell(new WorkerEvent.Exited(ended, process)));
    } catch (ContainerConfigException e) {
      boolean again = slot.state.waiting() != null && !slot.configBackoff.isZero();
      boolean image = e.reason().equals("ErrImagePull");
      slot.waitForConfig(image && again ? "ImagePullBackOff" : e.reason(), e.detail(), now);
      wake(slot.retryAt == null ? now : slot.retryAt);
      context.events().warning(pod, name, "Failed", "Error: " + e.detail());
      return;
    } catch (IOException e) {
      LOG.log(Level.WARNING, "container not started pod=" + pod.key() + " container=" + name, e);
      slot.waitForConfig("RunContainerError", String.valueOf(e.getMessage()), now);
      wake(slot.retryAt == null ? now : slot.retryAt);
      return;
    }
    ContainerProcess process = slot.process;
    if (process == null) {
      context.events().warning(pod, name, "Failed", "Error: " + message(slot.state));
      wake(now);
      return;
    }
    context.events().normal(pod, name, "Started", "Started container " + name);
    if (slot.postStartPending
        && slot.spec.lifecycle() != null
        && slot.spec.lifecycle().postStart() != null) {
      checks.hook(
          slot,
          slot.spec.lifecycle().postStart(),
          podIp,
          Duration.ofMinutes(2),
          result -> new WorkerEvent.PostStartDone(slot, process, result));
    }
  }

  private static String message(ContainerState state) {
    Terminated end = state.terminated();
    return end == null || end.message() == null ? "" : end.message();
  }

  /** New connections must go elsewhere before anything of the pod stops. */
  private void drain(Instant now) {
    boolean bystander = runningSlots().isEmpty() || podIp.isEmpty();
    Instant deadline = deletionDeadline(now);
    if (bystander
        || !now.isBefore(drainUntil)
        || !now.isBefore(deadline)
        || !context.options().stillOffered().test(podIp)) {
      phase = Phase.STOPPING;
    } else {
      wake(now.plus(DRAIN_POLL));
    }
  }

  /** When the grace period that the deletion gave is over. */
  private Instant deletionDeadline(Instant now) {
    Instant at = pod.metadata().deletionTimestamp();
    return at == null ? now : at;
  }

  private void stop(Instant now) throws IOException, InterruptedException {
    Instant deadline = deletionDeadline(now);
    for (ContainerSlot slot : runningSlots()) {
      stops.begin(pod, slot, podIp, deadline);
    }
    if (!runningSlots().isEmpty()) {
      return;
    }
    publish();
    if (statusWriter.delete(pod)) {
      cleanUp();
    } else {
      wake(now.plus(RETRY));
    }
  }

  /** The object is gone, or the whole cluster goes: no hooks, a short grace at most. */
  private void stopNow(Instant now) throws IOException, InterruptedException {
    for (ContainerSlot slot : runningSlots()) {
      ContainerProcess process = slot.process;
      if (process != null && slot.stopping != ContainerSlot.Stopping.KILLED) {
        if (objectGone) {
          stops.kill(slot, process);
        } else if (slot.stopping != ContainerSlot.Stopping.TERMINATED) {
          stops.terminate(slot, process, now.plus(STOP_GRACE));
        }
      }
      wake(stops.step(slot, now));
    }
    if (!runningSlots().isEmpty()) {
      return;
    }
    if (objectGone) {
      cleanUp();
    } else {
      phase = Phase.GONE;
    }
  }

  private void cleanUp() throws IOException, InterruptedException {
    ProcessTable.killAll(
        ProcessTable.STATE_DIR + "=" + context.options().stateDir(),
        ProcessTable.POD_UID + "=" + uid());
    if (ownsIp) {
      context.addresses().release(podIp);
      ownsIp = false;
    }
    PodFolders.delete(context.options().podFolder(uid()));
    phase = Phase.GONE;
  }

  private void publish() throws InterruptedException {
    if (phase == Phase.GONE || objectGone || clusterStops || pod.isFinished() || !isSetUp) {
      return;
    }
    PodStatuses.Facts facts =
        new PodStatuses.Facts(
            podIp,
            context.options().nodeAddress(),
            startTime,
            init.stream().map(ContainerSlot::status).toList(),
            main.stream().map(ContainerSlot::status).toList());
    PodStatusWriter.Outcome outcome = statusWriter.publish(pod, facts);
    switch (outcome) {
      case PodStatusWriter.Stored(Pod newer) -> pod = newer;
      case PodStatusWriter.Unchanged() -> {}
      case PodStatusWriter.Gone() -> {
        objectGone = true;
        wake(context.now());
      }
      case PodStatusWriter.Later() -> wake(context.now().plus(RETRY));
    }
  }

  private List<ContainerSlot> runningSlots() {
    return allSlots().stream().filter(ContainerSlot::isRunning).toList();
  }

  private List<ContainerSlot> allSlots() {
    List<ContainerSlot> all = new ArrayList<>(init);
    all.addAll(main);
    return all;
  }

  private void wake(Instant at) {
    if (at.isBefore(wakeAt)) {
      wakeAt = at;
    }
  }
}
