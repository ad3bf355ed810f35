// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls of {@link RelayLoop}, as the C library declares them. Each returns what the call
 * returned, or the negated error number. {@code state} is memory of {@link #STATE}, one for each
 * thread; memory that the kernel reads or writes is passed by its address.
 */
final class LinuxSockets {
  static final StructLayout STATE = Linker.Option.captureStateLayout();

  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int EPOLLIN = 1;
  static final int EPOLLOUT = 4;
  static final int EPOLLERR = 8;
  static final int EPOLLHUP = 0x10;
  static final int EPOLLRDHUP = 0x2000;
  static final int EPOLLEXCLUSIVE = 1 << 28;
  static final int EPOLLET = 1 << 31;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int ENOMEM = 12;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int ENOBUFS = 105;
  static final int ETIMEDOUT = 110;
  static final int EINPROGRESS = 115;

  private static final int SOCK_STREAM = 1;
  private static final int NONBLOCK_CLOEXEC = 0x800 | 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int SO_KEEPALIVE = 9;
  private static final int SO_LINGER = 13;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int SHUT_WR = 1;

  /** On x86-64 {@code struct epoll_event} is packed. */
  private static final boolean PACKED = System.getProperty("os.arch").matches("amd64|x86_64");

  static final int EVENT_DATA = PACKED ? 4 : 8;
  static final int EVENT_SIZE = EVENT_DATA + 8;

  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle EPOLL_CREATE = handle("epoll_create1", JAVA_INT, JAVA_INT);
  private static final MethodHandle EPOLL_CTL =
      handle("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle EPOLL_WAIT =
      handle("epoll_wait", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle EVENTFD = handle("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle ACCEPT =
      handle("accept4", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SOCKET =
      handle("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle CONNECT =
      handle("connect", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle RECV =
      handle("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle SEND =
      handle("send", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle READ =
      handle("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle WRITE =
      handle("write", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SHUTDOWN = handle("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETSOCKOPT =
      handle("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle GETSOCKOPT =
      handle("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);

  private LinuxSockets() {}

  private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  private static int result(MemorySegment state, int result) {
    return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
  }

  static int epollCreate(MemorySegment state) {
    try {
      return result(state, (int) EPOLL_CREATE.invokeExact(state, 0x80000));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Adds a descriptor; {@code event} is the address of a struct that is filled in. */
  static int epollAdd(
      MemorySegment state, int epoll, int fd, MemorySegment event, int events, long data) {
    event.set(JAVA_INT, 0, events);
    event.set(JAVA_LONG_UNALIGNED, EVENT_DATA, data);
    try {
      return result(state, (int) EPOLL_CTL.invokeExact(state, epoll, 1, fd, event.address()));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int epollDelete(MemorySegment state, int epoll, int fd) {
    try {
      return result(state, (int) EPOLL_CTL.invokeExact(state, epoll, 2, fd, 0L));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int epollWait(MemorySegment state, int epoll, long events, int max, int millis) {
    try {
      return result(state, (int) EPOLL_WAIT.invokeExact(state, epoll, events, max, millis));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int eventfd(MemorySegment state) {
    try {
      return result(state, (int) EVENTFD.invokeExact(state, 0, NONBLOCK_CLOEXEC));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int accept(MemorySegment state, int fd, long address, long length) {
    try {
      return result(state, (int) ACCEPT.invokeExact(state, fd, address, length, NONBLOCK_CLOEXEC));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int socket(MemorySegment state, int family) {
    try {
      return result(
          state, (int) SOCKET.invokeExact(state, family, SOCK_STREAM | NONBLOCK_CLOEXEC, 0));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int connect(MemorySegment state, int fd, long address, int length) {
    try {
      return result(state, (int) CONNECT.invokeExact(state, fd, address, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int receive(MemorySegment state, int fd, long address, int length) {
    try {
      return result(state, (int) (long) RECV.invokeExact(state, fd, address, (long) length, 0));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int send(MemorySegment state, int fd, long address, int length) {
    try {
      return result(
          state, (int) (long) SEND.invokeExact(state, fd, address, (long) length, MSG_NOSIGNAL));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int read(MemorySegment state, int fd, long address, int length) {
    try {
      return result(state, (int) (long) READ.invokeExact(state, fd, address, (long) length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int write(MemorySegment state, int fd, long address, int length) {
    try {
      return result(state, (int) (long) WRITE.invokeExact(state, fd, address, (long) length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int shutdownOutput(MemorySegment state, int fd) {
    try {
      return result(state, (int) SHUTDOWN.invokeExact(state, fd, SHUT_WR));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int close(MemorySegment state, int fd) {
    try {
      return result(state, (int) CLOSE.invokeExact(state, fd));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static void setNoDelay(MemorySegment state, int fd, MemorySegment scratch) {
    scratch.set(JAVA_INT, 0, 1);
    setOption(state, fd, IPPROTO_TCP, TCP_NODELAY, scratch.address(), 4);
  }

  static void setKeepAlive(MemorySegment state, int fd, MemorySegment scratch) {
    scratch.set(JAVA_INT, 0, 1);
    setOption(state, fd, SOL_SOCKET, SO_KEEPALIVE, scratch.address(), 4);
  }

  /** From now on closing sends a RST. */
  static void setAbortive(MemorySegment state, int fd, MemorySegment scratch) {
    scratch.set(JAVA_INT, 0, 1);
    scratch.set(JAVA_INT, 4, 0);
    setOption(state, fd, SOL_SOCKET, SO_LINGER, scratch.address(), 8);
  }

  private static int setOption(
      MemorySegment state, int fd, int level, int option, long value, int length) {
    try {
      return result(state, (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, length));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The pending error number of a socket, 0 for none. */
  static int pendingError(MemorySegment state, int fd, MemorySegment scratch) {
    scratch.set(JAVA_INT, 0, 0);
    scratch.set(JAVA_INT, 4, 4);
    long address = scratch.address();
    try {
      int done =
          (int) GETSOCKOPT.invokeExact(state, fd, SOL_SOCKET, SO_ERROR, address, address + 4);
      return done < 0 ? -result(state, done) : scratch.get(JAVA_INT, 0);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Method handles declare every Throwable; a call into the C library throws none. */
  private static AssertionError unexpected(Throwable e) {
    return new AssertionError("system call", e);
  }
}
