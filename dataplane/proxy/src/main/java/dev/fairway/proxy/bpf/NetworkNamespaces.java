// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** The network namespaces of the machine. */
final class NetworkNamespaces {
  private static final System.Logger LOG = System.getLogger(NetworkNamespaces.class.getName());

  /** The one of this process. */
  static final Path OWN = Path.of("/proc/self/ns/net");

  private NetworkNamespaces() {}

  /** A file for each that a process lives in or that has a name, as far as we may look. */
  static Collection<Path> all() {
    Map<Object, Path> byInode = new LinkedHashMap<>();
    add(byInode, OWN);
    list(Path.of("/proc"), "[0-9]*", process -> add(byInode, process.resolve("ns/net")));
    list(Path.of("/run/netns"), "*", name -> add(byInode, name));
    return byInode.values();
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

  private static void add(Map<Object, Path> byInode, Path file) {
    try {
      byInode.putIfAbsent(Files.getAttribute(file, "unix:ino"), file);
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
}
