// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Where the cgroups of version 2 are, which is not always {@code /sys/fs/cgroup}. */
public final class CgroupTree {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private CgroupTree() {}

  /** The root of the machine's tree as far as this process sees it; empty if there is none. */
  public static Optional<Path> root() {
    try {
      return root(Files.readAllLines(MOUNTS));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /**
   * Reads {@code mountinfo}: the mount of the topmost directory wins, as sockets below it are all
   * that can be served.
   */
  static Optional<Path> root(List<String> mounts) {
    Optional<Path> found = Optional.empty();
    for (String mount : mounts) {
      int separator = mount.indexOf(" - ");
      if (separator < 0 || !mount.startsWith("cgroup2 ", separator + 3)) {
        continue;
      }
      String[] fields = mount.substring(0, separator).split(" ");
      if (fields.length < 5) {
        continue;
      }
      Path mounted = Path.of(unescape(fields[4]));
      if (fields[3].equals("/")) {
        return Optional.of(mounted);
      }
      if (found.isEmpty()) {
        found = Optional.of(mounted);
      }
    }
    return found;
  }

  /** The cgroup of this process, as far as it can be seen. */
  static Optional<Path> ofThisProcess() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        if (line.startsWith("0::/")) {
          return root()
              .map(root -> root.resolve(line.substring("0::/".length())))
              .filter(path -> Files.exists(path.resolve("cgroup.procs")));
        }
      }
    } catch (IOException _) {
      // As if there were none.
    }
    return Optional.empty();
  }

  /** The number by which programs know a cgroup; empty if it is gone. */
  static OptionalLong id(Path cgroup) {
    try {
      return OptionalLong.of((Long) Files.getAttribute(cgroup, "unix:ino"));
    } catch (IOException _) {
      return OptionalLong.empty();
    }
  }

  /** Blanks and the like are written as octal numbers. */
  private static String unescape(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 3 < text.length()) {
        plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(text.charAt(i));
      }
    }
    return plain.toString();
  }
}
