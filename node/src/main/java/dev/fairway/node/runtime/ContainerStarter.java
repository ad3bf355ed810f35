// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.Container;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Turns a container's description into a process: environment, command, folders, log. */
final class ContainerStarter {
  private final PodContext context;

  ContainerStarter(PodContext context) {
    this.context = context;
  }

  /**
   * Starts the next run of a container.
   *
   * @param onExit told about the end, on another thread
   * @throws ContainerConfigException if it cannot run as described; to be tried again later
   * @throws IOException if the API server or the machine failed; to be tried again soon
   */
  void start(
      Pod pod, ContainerSlot slot, String podIp, BiConsumer<ContainerSlot, ContainerProcess> onExit)
      throws ContainerConfigException, IOException, InterruptedException {
    Container container = slot.spec;
    Path folder = context.options().podFolder(pod.metadata().uid());
    Map<String, String> environment = environment(pod, container, podIp, folder);
    List<String> command = EntryPoint.of(container, environment);
    PodVolumes.write(pod, folder.resolve("volumes"), context.objects());
    Path directory = directory(container, folder);
    int restart = slot.restartCount + (slot.ranBefore ? 1 : 0);
    slot.environment = environment;
    slot.directory = directory;
    if (ProcessLauncher.find(command.getFirst(), environment.get("PATH")) == null) {
      slot.restartCount = restart;
      slot.failedToStart(
          "exec: \"" + command.getFirst() + "\": executable file not found in $PATH",
          context.now());
      return;
    }
    Path logs = folder.resolve(container.name());
    ContainerLog log =
        new ContainerLog(
            logs.resolve(restart + ".log"),
            RuntimeOptions.MAX_LOG_BYTES,
            context.options().clock());
    deleteOldLogs(logs, restart);
    ContainerProcess process =
        ContainerProcess.start(
            context.launcher(),
            new ContainerProcess.Launch(command, environment, directory, logs.resolve("pid")),
            log,
            context.options().clock(),
            ended -> onExit.accept(slot, ended));
    slot.restartCount = restart;
    slot.ranBefore = false;
    slot.running(
        process, "fairway://" + pod.metadata().uid() + "-" + container.name() + "-" + restart);
  }

  private Map<String, String> environment(Pod pod, Container container, String podIp, Path folder)
      throws ContainerConfigException, IOException, InterruptedException {
    RuntimeOptions options = context.options();
    ContainerEnvironment.Place place =
        new ContainerEnvironment.Place(
            podIp, options.nodeName(), options.nodeAddress(), context.allocatable());
    Map<String, String> marks = new LinkedHashMap<>();
    marks.put(ProcessTable.STATE_DIR, options.stateDir().toString());
    marks.put(ProcessTable.NODE, options.nodeName());
    marks.put(ProcessTable.POD_UID, pod.metadata().uid());
    marks.put("FAIRWAY_VOLUMES", folder.resolve("volumes").toString());
    return new ContainerEnvironment(pod, container, place, context.objects())
        .resolve(
            System.getenv(),
            ServiceLinks.variables(options.services().apply(pod.metadata().namespace())),
            marks);
  }

  /** The container's own working directory where the machine has it, else a folder of the pod. */
  private static Path directory(Container container, Path folder) throws IOException {
    if (!container.workingDir().isEmpty()) {
      Path wanted = Path.of(container.workingDir());
      if (Files.isDirectory(wanted)) {
        return wanted;
      }
    }
    return Files.createDirectories(folder.resolve("work").resolve(container.name()));
  }

  /** Keeps the logs of this run and the one before. */
  private static void deleteOldLogs(Path logs, int restart) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(logs, "*.log*")) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        int run = Integer.parseInt(name.substring(0, name.indexOf('.')));
        if (run < restart - 1) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
