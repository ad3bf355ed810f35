// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.proxy.bpf.BpfException;
import dev.fairway.proxy.bpf.BpfOptions;
import dev.fairway.proxy.bpf.PinnedMaps;
import dev.fairway.service.IpAddress;
import dev.fairway.service.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the kernel of this machine does about an address, whether or not a daemon runs. */
public final class KernelView {
  private KernelView() {}

  /**
   * Rows of pinned eBPF maps, in words, by the node they are of; no rows where a node's maps do not
   * have the address.
   *
   * @param node only this one, null for all nodes of this machine
   */
  public static Map<String, List<String>> rows(
      @Nullable String node, IpAddress address, int port, Protocol protocol) {
    Map<String, List<String>> byNode = new LinkedHashMap<>();
    for (Path folder : folders()) {
      String name = folder.getFileName().toString();
      if (node != null && !node.equals(name)) {
        continue;
      }
      try {
        PinnedMaps.open(folder)
            .ifPresent(maps -> {
              try (maps) {
                byNode.put(name, maps.rows(address, port, protocol));
              }
            });
      } catch (BpfException e) {
        byNode.put(name, List.of("eBPF maps in " + folder + ": " + e.getMessage()));
      }
    }
    return byNode;
  }

  private static List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    try (Stream<Path> entries = Files.list(BpfOptions.DEFAULT_PINS)) {
      entries.filter(Files::isDirectory).sorted().forEach(folders::add);
    } catch (IOException _) {
      // None there, or not to be seen by this user.
      folders.clear();
    }
    folders.addAll(PinFolder.ofNodes());
    return folders;
  }
}
