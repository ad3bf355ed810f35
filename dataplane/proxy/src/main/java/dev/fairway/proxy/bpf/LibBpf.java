// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Calls of {@code libbpf.so.1} and of the C library, by name. Functions of libbpf 1.x return the
 * negated error number, those that return a pointer set {@code errno}; here both become a {@link
 * BpfException}. Thread-safe.
 */
final class LibBpf {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ConcurrentMap<String, MethodHandle> HANDLES = new ConcurrentHashMap<>();

  /** The number of {@code bpf} among system calls. */
  private static final Map<String, Long> BPF_CALLS =
      Map.of("amd64", 321L, "aarch64", 280L, "riscv64", 280L, "ppc64le", 361L);

  private static final long LINK_CREATE = 28;
  private static final int NETFILTER = 45;

  private LibBpf() {}

  /** Loads the library when something of it is used for the first time. */
  private static final class Library {
    static final MethodHandle SYSCALL =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));
    static final @Nullable SymbolLookup SYMBOLS = open();

    private static @Nullable SymbolLookup open() {
      try {
        SymbolLookup symbols = SymbolLookup.libraryLookup("libbpf.so.1", Arena.global());
        // The library would write every failure of a probe to the standard error stream.
        MethodHandle setPrint =
            LINKER.downcallHandle(
                symbols.findOrThrow("libbpf_set_print"), FunctionDescriptor.of(ADDRESS, ADDRESS));
        MemorySegment _ = (MemorySegment) setPrint.invokeExact(MemorySegment.NULL);
        return symbols;
      } catch (IllegalArgumentException _) {
        return null;
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }
  }

  /** Whether the library is there. */
  static boolean isAvailable() {
    return Library.SYMBOLS != null;
  }

  private static MemorySegment symbol(String name) {
    SymbolLookup library = Library.SYMBOLS;
    if (library == null) {
      throw new IllegalStateException("libbpf.so.1 is not installed");
    }
    return library.findOrThrow(name);
  }

  private static MethodHandle handle(
      String name, boolean ofLibrary, MemoryLayout result, MemoryLayout... parameters) {
    MethodHandle known = HANDLES.get(name);
    if (known != null) {
      return known;
    }
    MemorySegment address = ofLibrary ? symbol(name) : LINKER.defaultLookup().findOrThrow(name);
    MethodHandle created =
        LINKER.downcallHandle(
            address,
            FunctionDescriptor.of(result, parameters),
            Linker.Option.captureCallState("errno"));
    HANDLES.put(name, created);
    return created;
  }

  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException("a native call could not be made", e);
  }

  private static MemorySegment pointer(String name, MemorySegment state, MemorySegment result) {
    if (result.address() == 0) {
      throw new BpfException(name, (int) ERRNO.get(state, 0L));
    }
    return result;
  }

  /** The result if it is none of an error. */
  static int check(String what, int result) {
    if (result < 0) {
      throw new BpfException(what, -result);
    }
    return result;
  }

  /** {@code bpf_object__open_mem}. */
  static MemorySegment open(MemorySegment image, MemorySegment options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call =
          handle("bpf_object__open_mem", true, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
      return pointer(
          "bpf_object__open_mem",
          state,
          (MemorySegment) call.invokeExact(state, image, image.byteSize(), options));
    } catch (BpfException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_object__find_map_by_name} or {@code bpf_object__find_program_by_name}. */
  static MemorySegment find(String function, MemorySegment object, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call = handle(function, true, ADDRESS, ADDRESS, ADDRESS);
      return pointer(
          name, state, (MemorySegment) call.invokeExact(state, object, arena.allocateFrom(name)));
    } catch (BpfException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** A function of a pointer; its result as it is. */
  static int call(String function, MemorySegment pointer) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle(function, true, JAVA_INT, ADDRESS);
      return (int) call.invokeExact(arena.allocate(STATE), pointer);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** A function of a pointer and a number. */
  static int call(String function, MemorySegment pointer, int number) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle(function, true, JAVA_INT, ADDRESS, JAVA_INT);
      return (int) call.invokeExact(arena.allocate(STATE), pointer, number);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_object__close}. */
  static void close(MemorySegment object) {
    try {
      MethodHandle call =
          LINKER.downcallHandle(symbol("bpf_object__close"), FunctionDescriptor.ofVoid(ADDRESS));
      call.invokeExact(object);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** A function of three numbers and options that stay empty: links. */
  static int link(String function, int first, int second, int third) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle(function, true, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
      return (int)
          call.invokeExact(arena.allocate(STATE), first, second, third, MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Attaches a program of netfilter to the network namespace of the calling thread; older libraries
   * have no function for that.
   *
   * @param family NFPROTO_IPV4 or NFPROTO_IPV6
   * @param hook NF_INET_LOCAL_OUT and the like
   */
  static int linkNetfilter(int program, int family, int hook, int priority) {
    Long call = BPF_CALLS.get(System.getProperty("os.arch", ""));
    if (call == null) {
      return -BpfException.ENOSYS;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      // union bpf_attr: prog_fd, target_fd, attach_type, flags, netfilter
      MemorySegment attributes = arena.allocate(64, 8);
      int[] values = {program, 0, NETFILTER, 0, family, hook, priority, 0};
      for (int i = 0; i < values.length; i++) {
        attributes.setAtIndex(JAVA_INT, i, values[i]);
      }
      long result =
          (long)
              Library.SYSCALL.invokeExact(
                  state, (long) call, LINK_CREATE, attributes, attributes.byteSize());
      return result >= 0 ? (int) result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_link_update}: the program of a link is another one from now on. */
  static int updateLink(int link, int program) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("bpf_link_update", true, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
      return (int) call.invokeExact(arena.allocate(STATE), link, program, MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_link_detach}: the program of a link runs no more. */
  static int detachLink(int link) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("bpf_link_detach", true, JAVA_INT, JAVA_INT);
      return (int) call.invokeExact(arena.allocate(STATE), link);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_iter_create}: a descriptor whose reading runs the program of a link. */
  static int iterator(int link) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("bpf_iter_create", true, JAVA_INT, JAVA_INT);
      return (int) call.invokeExact(arena.allocate(STATE), link);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_obj_pin}. */
  static int pin(int fd, String path) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("bpf_obj_pin", true, JAVA_INT, JAVA_INT, ADDRESS);
      return (int) call.invokeExact(arena.allocate(STATE), fd, arena.allocateFrom(path));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_obj_get}: the descriptor of what is pinned there. */
  static int get(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("bpf_obj_get", true, JAVA_INT, ADDRESS);
      return (int) call.invokeExact(arena.allocate(STATE), arena.allocateFrom(path));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_obj_get_info_by_fd}. */
  static int info(int fd, MemorySegment info) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call =
          handle("bpf_obj_get_info_by_fd", true, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) info.byteSize());
      return (int) call.invokeExact(arena.allocate(STATE), fd, info, length);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_map_update_elem}. */
  static int update(int map, MemorySegment key, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call =
          handle("bpf_map_update_elem", true, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
      return (int) call.invokeExact(arena.allocate(STATE), map, key, value, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_map_lookup_elem}. */
  static int lookup(int map, MemorySegment key, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("bpf_map_lookup_elem", true, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
      return (int) call.invokeExact(arena.allocate(STATE), map, key, value);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_map_delete_elem}. */
  static int delete(int map, MemorySegment key) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("bpf_map_delete_elem", true, JAVA_INT, JAVA_INT, ADDRESS);
      return (int) call.invokeExact(arena.allocate(STATE), map, key);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * {@code bpf_map_lookup_batch}; {@code count} is in and out.
   *
   * @param from what {@code next} was in the call before, a null pointer in the first
   */
  static int lookupBatch(
      int map,
      MemorySegment from,
      MemorySegment next,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call =
          handle(
              "bpf_map_lookup_batch",
              true,
              JAVA_INT,
              JAVA_INT,
              ADDRESS,
              ADDRESS,
              ADDRESS,
              ADDRESS,
              ADDRESS,
              ADDRESS);
      return (int)
          call.invokeExact(
              arena.allocate(STATE), map, from, next, keys, values, count, MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_map_update_batch}; {@code count} is in and out. */
  static int updateBatch(int map, MemorySegment keys, MemorySegment values, MemorySegment count) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call =
          handle(
              "bpf_map_update_batch", true, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
      return (int)
          call.invokeExact(arena.allocate(STATE), map, keys, values, count, MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bpf_map_delete_batch}; {@code count} is in and out. */
  static int deleteBatch(int map, MemorySegment keys, MemorySegment count) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call =
          handle("bpf_map_delete_batch", true, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
      return (int) call.invokeExact(arena.allocate(STATE), map, keys, count, MemorySegment.NULL);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code open} of the C library, for reading. */
  static int openFile(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call = handle("open", false, JAVA_INT, ADDRESS, JAVA_INT);
      int result = (int) call.invokeExact(state, arena.allocateFrom(path), 0x80000);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code setns}: the calling thread lives in that network namespace from now on. */
  static int setNetworkNamespace(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call = handle("setns", false, JAVA_INT, JAVA_INT, JAVA_INT);
      int result = (int) call.invokeExact(state, fd, 0x4000_0000);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code socket}, {@code listen} and the like: a function of the C library and its numbers. */
  static int system(String function, int first, int second, int third) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call = handle(function, false, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
      int result = (int) call.invokeExact(state, first, second, third);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code setsockopt}. */
  static int setOption(int fd, int level, int option, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call =
          handle("setsockopt", false, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
      int result = (int) call.invokeExact(state, fd, level, option, value, (int) value.byteSize());
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code getsockopt}. */
  static int getOption(int fd, int level, int option, MemorySegment value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call =
          handle("getsockopt", false, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
      int result = (int) call.invokeExact(state, fd, level, option, value, length);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code bind}. */
  static int bind(int fd, MemorySegment address) {
    return address("bind", fd, address);
  }

  /** {@code bind} or {@code connect}. */
  static int address(String function, int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call = handle(function, false, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
      int result = (int) call.invokeExact(state, fd, address, (int) address.byteSize());
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code read}. */
  static int read(int fd, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call = handle("read", false, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
      long result = (long) call.invokeExact(state, fd, into, into.byteSize());
      return result >= 0 ? (int) result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code accept}: a descriptor. */
  static int accept(int fd) {
    return nameOf("accept", fd, MemorySegment.NULL, MemorySegment.NULL);
  }

  /** {@code getpeername}. */
  static int peer(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) address.byteSize());
      return nameOf("getpeername", fd, address, length);
    }
  }

  private static int nameOf(String function, int fd, MemorySegment address, MemorySegment length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call = handle(function, false, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
      int result = (int) call.invokeExact(state, fd, address, length);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code sendto}. */
  static int sendTo(int fd, MemorySegment bytes, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call =
          handle(
              "sendto", false, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS,
              JAVA_INT);
      long result =
          (long)
              call.invokeExact(
                  state, fd, bytes, bytes.byteSize(), 0, address, (int) address.byteSize());
      return result >= 0 ? (int) result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code recvfrom}. */
  static int receiveFrom(int fd, MemorySegment into, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle call =
          handle(
              "recvfrom",
              false,
              JAVA_LONG,
              JAVA_INT,
              ADDRESS,
              JAVA_LONG,
              JAVA_INT,
              ADDRESS,
              ADDRESS);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) address.byteSize());
      long result = (long) call.invokeExact(state, fd, into, into.byteSize(), 0, address, length);
      return result >= 0 ? (int) result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code close} of a descriptor. */
  static void closeFile(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle call = handle("close", false, JAVA_INT, JAVA_INT);
      int _ = (int) call.invokeExact(arena.allocate(STATE), fd);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }
}
