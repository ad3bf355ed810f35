// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;

/** The network namespaces of the machine. */
final class NetworkNamespaces {
  private static final System.Logger LOG = System.getLogger(NetworkNamespaces.class.getName());

  /** The one of this process. */
  static final Path OWN = Path.of("/proc/self/ns/net");

  /** Tells namespaces apart at a moment. */
  private static final String NUMBER = "unix:ino";

  /** Tells them apart from those before as well, but only where somebody keeps the file. */
  private static final String NUMBER_AND_BIRTH = "unix:ino,ctime";

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_SOCKET = 1;
  private static final int SO_NETNS_COOKIE = 71;

  private NetworkNamespaces() {}

  /** A file for each that a process lives in or that has a name, as far as we may look. */
  static Collection<Path> all() {
    Map<Object, Path> known = new LinkedHashMap<>();
    add(known, OWN, NUMBER);
    list(Path.of("/proc"), "[0-9]*", process -> add(known, process.resolve("ns/net"), NUMBER));
    list(Path.of("/run/netns"), "*", name -> add(known, name, NUMBER));
    return known.values();
  }

  /**
   * Our own and those of pods, by the number of their file and when it came to be, which tells them
   * apart: a number is given to the next namespace as soon as one has gone. They are of processes
   * in kubelet's cgroups, and those that CNI plugins named.
   *
   * @param processes what earlier calls found out
   */
  static Map<Object, Path> ofPods(PodProcesses processes) {
    Map<Object, Path> known = new LinkedHashMap<>();
    processes.begin();
    add(known, OWN, NUMBER_AND_BIRTH);
    list(
        Path.of("/proc"),
        "[0-9]*",
        process -> {
          if (processes.isInPod(process)) {
            add(known, process.resolve("ns/net"), NUMBER_AND_BIRTH);
          }
        });
    list(Path.of("/run/netns"), "cni-*", name -> add(known, name, NUMBER_AND_BIRTH));
    return known;
  }

  /** Whether a process, by its directory, is in one of kubelet's cgroups. */
  static boolean isInPod(Path process) {
    try {
      return Files.readString(process.resolve("cgroup")).contains("kubepods");
    } catch (IOException _) {
      // The process ended.
      return false;
    }
  }

  private static void list(
      Path directory, String glob, java.util.function.Consumer<Path> consumer) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
      entries.forEach(consumer);
    } catch (IOException | DirectoryIteratorException e) {
      LOG.log(System.Logger.Level.DEBUG, "cannot list " + directory, e);
    }
  }

  private static void add(Map<Object, Path> known, Path file, String key) {
    try {
      known.putIfAbsent(Files.readAttributes(file, key), file);
    } catch (IOException _) {
      // The process ended, or is none of ours.
    }
  }

  /**
   * Does something in a network namespace, on a thread of its own: a thread cannot be sure to find
   * its way back.
   */
  static void in(Path namespace, Runnable action) throws InterruptedException {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("bpf-netns")
            .unstarted(() -> {
              int fd = LibBpf.openFile(namespace.toString());
              if (fd < 0) {
                return;
              }
              try {
                int result = LibBpf.setNetworkNamespace(fd);
                if (result < 0) {
                  LOG.log(System.Logger.Level.DEBUG, "cannot enter {0}: {1}", namespace, -result);
                  return;
                }
                action.run();
              } catch (BpfException e) {
                LOG.log(System.Logger.Level.WARNING, "in network namespace " + namespace, e);
              } finally {
                LibBpf.closeFile(fd);
              }
            });
    thread.start();
    thread.join();
  }

  /**
   * The number by which programs know a network namespace.
   *
   * @return empty if there is no such namespace, or no such number
   */
  static OptionalLong cookie(Path namespace) throws InterruptedException {
    AtomicReference<OptionalLong> cookie = new AtomicReference<>(OptionalLong.empty());
    in(
        namespace,
        () -> {
          int socket = LibBpf.check("socket", LibBpf.system("socket", AF_INET, SOCK_DGRAM, 0));
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_LONG);
            LibBpf.check(
                "cookie of " + namespace,
                LibBpf.getOption(socket, SOL_SOCKET, SO_NETNS_COOKIE, value));
            cookie.set(OptionalLong.of(value.get(JAVA_LONG, 0)));
          } finally {
            LibBpf.closeFile(socket);
          }
        });
    return cookie.get();
  }
}
