// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Programs and maps that were compiled together, loaded into the kernel. Both live as long as
 * somebody has them: this object, a link, a pin. Confined to the thread that syncs.
 */
final class BpfObject implements AutoCloseable {
  private static final int LOG_SIZE = 1 << 18;
  private static final int LOG_LINES = 12;

  /** {@code struct bpf_object_open_opts}. */
  private static final long OPTIONS_SIZE = 80;

  private static final long OPTION_NAME = 8;
  private static final long OPTION_LOG = 56;
  private static final long OPTION_LOG_SIZE = 64;

  private final MemorySegment object;
  private final Map<String, BpfMap> maps = new HashMap<>();

  private BpfObject(MemorySegment object) {
    this.object = object;
  }

  /** The bytes of a compiled object. */
  static byte[] image(String resource) {
    try (InputStream in = BpfObject.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("resource " + resource + " is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Loads a compiled object.
   *
   * @param sizes elements that maps are to have room for, by name; others as they were compiled
   * @param shared descriptors of maps to use instead of new ones, by name
   * @throws BpfException with the last words of the verifier if the kernel does not take it
   */
  static BpfObject load(String resource, Map<String, Integer> sizes, Map<String, Integer> shared) {
    return load(resource, sizes, shared, Map.of());
  }

  /**
   * As the other, with programs that an older libbpf does not know by the names of their sections.
   */
  static BpfObject load(
      String resource,
      Map<String, Integer> sizes,
      Map<String, Integer> shared,
      Map<String, Kind> kinds) {
    byte[] bytes = image(resource);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment image = arena.allocate(bytes.length, 8);
      MemorySegment.copy(bytes, 0, image, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
      MemorySegment log = arena.allocate(LOG_SIZE);
      MemorySegment options = arena.allocate(OPTIONS_SIZE, 8);
      options.set(JAVA_LONG, 0, OPTIONS_SIZE);
      options.set(ADDRESS, OPTION_NAME, arena.allocateFrom("fairway"));
      options.set(ADDRESS, OPTION_LOG, log);
      options.set(JAVA_LONG, OPTION_LOG_SIZE, LOG_SIZE);
      BpfObject loaded = new BpfObject(LibBpf.open(image, options));
      try {
        for (Map.Entry<String, Integer> size : sizes.entrySet()) {
          LibBpf.check(
              "sizing map " + size.getKey(),
              LibBpf.call(
                  "bpf_map__set_max_entries", loaded.findMap(size.getKey()), size.getValue()));
        }
        for (Map.Entry<String, Integer> map : shared.entrySet()) {
          LibBpf.check(
              "taking map " + map.getKey(),
              LibBpf.call("bpf_map__reuse_fd", loaded.findMap(map.getKey()), map.getValue()));
        }
        for (Map.Entry<String, Kind> kind : kinds.entrySet()) {
          loaded.setKind(kind.getKey(), kind.getValue());
        }
        int result = LibBpf.call("bpf_object__load", loaded.object);
        if (result < 0) {
          throw new BpfException("loading " + resource + lastWords(log), -result);
        }
        return loaded;
      } catch (RuntimeException e) {
        loaded.close();
        throw e;
      }
    }
  }

  private void setKind(String program, Kind kind) {
    MemorySegment found = LibBpf.find("bpf_object__find_program_by_name", object, program);
    LibBpf.check("type of " + program, LibBpf.call("bpf_program__set_type", found, kind.type()));
    LibBpf.check(
        "hook of " + program,
        LibBpf.call("bpf_program__set_expected_attach_type", found, kind.hook()));
  }

  private static String lastWords(MemorySegment log) {
    String[] lines = log.getString(0).strip().split("\n");
    StringBuilder text = new StringBuilder();
    for (int i = Math.max(0, lines.length - LOG_LINES); i < lines.length; i++) {
      text.append(lines[i].isEmpty() ? "" : "\n  ").append(lines[i]);
    }
    return text.toString();
  }

  private MemorySegment findMap(String name) {
    return LibBpf.find("bpf_object__find_map_by_name", object, name);
  }

  /** A map, by the name it has in the source. */
  BpfMap map(String name) {
    return maps.computeIfAbsent(
        name, n -> new BpfMap(n, LibBpf.check("map " + n, LibBpf.call("bpf_map__fd", findMap(n)))));
  }

  /** The descriptor of a program. */
  int program(String name) {
    MemorySegment program = LibBpf.find("bpf_object__find_program_by_name", object, name);
    return LibBpf.check("program " + name, LibBpf.call("bpf_program__fd", program));
  }

  @Override
  public void close() {
    LibBpf.close(object);
  }

  /**
   * What a program is.
   *
   * @param type of {@code enum bpf_prog_type}
   * @param hook of {@code enum bpf_attach_type}
   */
  record Kind(int type, int hook) {}
}
