// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A directory of a BPF file system, where maps and links survive the process. Its last part is the
 * version of the layout: maps of another version are not adopted.
 */
final class PinDirectory {
  /** To be raised with each change of {@code layout.h} that a running node cannot follow. */
  static final String LAYOUT_VERSION = "v1";

  private final Path directory;

  /**
   * Makes the directory if need be.
   *
   * @throws BpfException if it cannot be made
   */
  PinDirectory(Path base) {
    directory = base.resolve(LAYOUT_VERSION);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot make " + directory + ", which is to be in a BPF file system", e);
    }
  }

  /** A descriptor of what is pinned under a name. */
  OptionalInt get(String name) {
    int fd = LibBpf.get(directory.resolve(name).toString());
    if (fd == -BpfException.ENOENT) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(LibBpf.check("opening " + directory.resolve(name), fd));
  }

  /** Pins under a name, which until then may belong to something else. */
  void pin(String name, int fd) {
    Path path = directory.resolve(name);
    // A name with a dot is not allowed in such a file system.
    Path fresh = directory.resolve(name + "-new");
    try {
      Files.deleteIfExists(fresh);
      LibBpf.check("pinning " + path, LibBpf.pin(fd, fresh.toString()));
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot pin " + path, e);
    }
  }

  /** Removes a name. */
  void remove(String name) {
    try {
      Files.deleteIfExists(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpin " + directory.resolve(name), e);
    }
  }

  /** Removes everything and the directory. */
  void removeAll() {
    try {
      if (!Files.isDirectory(directory)) {
        return;
      }
      List<Path> pins;
      try (Stream<Path> list = Files.list(directory)) {
        pins = list.toList();
      }
      for (Path pin : pins) {
        Files.deleteIfExists(pin);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot empty " + directory, e);
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
