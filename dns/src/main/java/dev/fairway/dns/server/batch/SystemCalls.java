// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server.batch;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * recvmmsg and sendmmsg, never waiting. They are called without telling the virtual machine, which
 * is right only because they return at once.
 */
final class SystemCalls {
  static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();

  private static final int DONT_WAIT = 0x40;
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** Made when they are wanted first, as that is not allowed in every process. */
  private static final class Handles {
    static final MethodHandle RECVMMSG =
        call(
            "recvmmsg",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG));
    static final MethodHandle SENDMMSG =
        call(
            "sendmmsg",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT));

    private static MethodHandle call(String name, FunctionDescriptor function) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          function,
          Linker.Option.critical(false),
          Linker.Option.captureCallState("errno"));
    }
  }

  private static final class Probe {
    static final boolean AVAILABLE = probe();

    private static boolean probe() {
      // The layout of struct mmsghdr that this package knows.
      boolean known =
          System.getProperty("os.name", "").equals("Linux")
              && ValueLayout.ADDRESS.byteSize() == 8
              && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
      try {
        return known && Handles.RECVMMSG.type() != null;
      } catch (LinkageError e) {
        System.getLogger(SystemCalls.class.getName())
            .log(
                System.Logger.Level.INFO,
                () -> "datagrams go through Netty, as this process has no native calls: " + e);
        return false;
      }
    }
  }

  private SystemCalls() {}

  /** Whether this machine has the calls and this process may use them. */
  static boolean available() {
    return Probe.AVAILABLE;
  }

  /**
   * Reads datagrams.
   *
   * @param messages address of an array of struct mmsghdr
   * @return how many were read, or -1 with the error in {@code state}
   */
  static int receive(MemorySegment state, int descriptor, long messages, int count) {
    try {
      return (int) Handles.RECVMMSG.invokeExact(state, descriptor, messages, count, DONT_WAIT, 0L);
    } catch (Throwable e) {
      throw new IllegalStateException("recvmmsg", e);
    }
  }

  /**
   * Sends datagrams.
   *
   * @param messages address of an array of struct mmsghdr
   * @return how many were sent, or -1 with the error of the first in {@code state}
   */
  static int send(MemorySegment state, int descriptor, long messages, int count) {
    try {
      return (int) Handles.SENDMMSG.invokeExact(state, descriptor, messages, count, DONT_WAIT);
    } catch (Throwable e) {
      throw new IllegalStateException("sendmmsg", e);
    }
  }

  /** The number of the error of the last call that failed. */
  static int error(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }
}
