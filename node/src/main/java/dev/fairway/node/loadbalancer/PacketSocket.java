// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A packet(7) socket for Ethernet frames of one type on all interfaces of the network namespace.
 * Any thread may send, one may receive.
 */
final class PacketSocket implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int PACKET_OTHERHOST = 3;
  private static final int EPERM = 1;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int ENETDOWN = 100;
  private static final int ADDRESS_BYTES = 20;
  private static final int FRAME_BYTES = 2048;
  private static final int TIMEOUT_MILLIS = 500;

  /** Neighbour solicitations and advertisements: next header 58, type 135 or 136. */
  private static final int[][] NEIGHBOUR_DISCOVERY = {
    {0x30, 0, 0, 20},
    {0x15, 0, 4, 58},
    {0x30, 0, 0, 54},
    {0x15, 1, 0, 135},
    {0x15, 0, 1, 136},
    {0x06, 0, 0, 0xffff},
    {0x06, 0, 0, 0}
  };

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MethodHandle SOCKET =
      call("socket", FunctionDescriptor.of(INT, INT, INT, INT));
  private static final MethodHandle BIND =
      call("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
  private static final MethodHandle SETSOCKOPT =
      call("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, INT));
  private static final MethodHandle SENDTO =
      call(
          "sendto",
          FunctionDescriptor.of(
              LONG, INT, ValueLayout.ADDRESS, LONG, INT, ValueLayout.ADDRESS, INT));
  private static final MethodHandle RECVFROM =
      call(
          "recvfrom",
          FunctionDescriptor.of(
              LONG, INT, ValueLayout.ADDRESS, LONG, INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
  private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(INT, INT));

  private final int type;
  private final int descriptor;
  private final Arena arena = Arena.ofShared();
  private final ReentrantLock sending = new ReentrantLock();
  private final MemorySegment sendState = arena.allocate(CALL_STATE);
  private final MemorySegment sendFrame = arena.allocate(FRAME_BYTES);
  private final MemorySegment sendAddress = arena.allocate(ADDRESS_BYTES, 4);
  private final MemorySegment receiveState = arena.allocate(CALL_STATE);
  private final MemorySegment receiveFrame = arena.allocate(FRAME_BYTES);
  private final MemorySegment receiveAddress = arena.allocate(ADDRESS_BYTES, 4);
  private final MemorySegment receiveLength = arena.allocate(INT);
  private final ByteBuffer received = receiveFrame.asByteBuffer().asReadOnlyBuffer();

  /** Takes what {@link #receive} read. */
  interface Receiver {
    /**
     * A frame came in.
     *
     * @param index of the interface
     */
    void received(ByteBuffer frame, int index) throws IOException;
  }

  /**
   * Opens one; of IPv6 it hears only neighbour discovery.
   *
   * @param type the EtherType
   * @throws IOException if this process may not; CAP_NET_RAW is needed
   */
  PacketSocket(int type) throws IOException {
    this.type = type;
    // Without a protocol it hears nothing until it is bound, when the filter is there.
    descriptor = check("socket", invoke(SOCKET, AF_PACKET, SOCK_RAW_CLOEXEC, 0));
    try {
      if (type == Frames.IPV6) {
        attachFilter();
      }
      MemorySegment timeout = arena.allocate(16, 8);
      timeout.set(LONG, 8, TIMEOUT_MILLIS * 1000L);
      setOption(SO_RCVTIMEO, timeout);
      address(receiveAddress, 0);
      check("bind", bind());
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor function) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        function,
        Linker.Option.captureCallState("errno"));
  }

  private void attachFilter() throws IOException {
    MemorySegment program = arena.allocate(NEIGHBOUR_DISCOVERY.length * 8L, 4);
    for (int i = 0; i < NEIGHBOUR_DISCOVERY.length; i++) {
      int[] instruction = NEIGHBOUR_DISCOVERY[i];
      program.set(ValueLayout.JAVA_SHORT, i * 8L, (short) instruction[0]);
      program.set(ValueLayout.JAVA_BYTE, i * 8L + 2, (byte) instruction[1]);
      program.set(ValueLayout.JAVA_BYTE, i * 8L + 3, (byte) instruction[2]);
      program.set(INT, i * 8L + 4, instruction[3]);
    }
    MemorySegment header = arena.allocate(16, 8);
    header.set(ValueLayout.JAVA_SHORT, 0, (short) NEIGHBOUR_DISCOVERY.length);
    header.set(ValueLayout.ADDRESS, 8, program);
    setOption(SO_ATTACH_FILTER, header);
  }

  /** Writes a struct sockaddr_ll. */
  private void address(MemorySegment memory, int index) {
    memory.fill((byte) 0);
    memory.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
    memory.set(ValueLayout.JAVA_BYTE, 2, (byte) (type >>> 8));
    memory.set(ValueLayout.JAVA_BYTE, 3, (byte) type);
    memory.set(INT, 4, index);
  }

  /**
   * Sends a frame without waiting.
   *
   * @param index of the interface
   * @throws IOException if it cannot be sent now
   */
  void send(int index, byte[] frame) throws IOException {
    sending.lock();
    try {
      address(sendAddress, index);
      MemorySegment.copy(frame, 0, sendFrame, ValueLayout.JAVA_BYTE, 0, frame.length);
      long sent;
      try {
        sent =
            (long)
                SENDTO.invokeExact(
                    sendState,
                    descriptor,
                    sendFrame,
                    (long) frame.length,
                    MSG_DONTWAIT,
                    sendAddress,
                    ADDRESS_BYTES);
      } catch (Throwable e) {
        throw new IllegalStateException("sendto", e);
      }
      if (sent < 0) {
        throw failure("sendto", (int) ERRNO.get(sendState, 0L));
      }
    } finally {
      sending.unlock();
    }
  }

  /**
   * Waits for a frame, for half a second at most.
   *
   * @throws IOException if the socket or the receiver fails
   */
  void receive(Receiver receiver) throws IOException {
    receiveLength.set(INT, 0, ADDRESS_BYTES);
    long length;
    try {
      length =
          (long)
              RECVFROM.invokeExact(
                  receiveState,
                  descriptor,
                  receiveFrame,
                  (long) FRAME_BYTES,
                  0,
                  receiveAddress,
                  receiveLength);
    } catch (Throwable e) {
      throw new IllegalStateException("recvfrom", e);
    }
    if (length < 0) {
      int errno = (int) ERRNO.get(receiveState, 0L);
      if (errno != EAGAIN && errno != EINTR && errno != ENETDOWN) {
        throw failure("recvfrom", errno);
      }
    } else if (receiveAddress.get(ValueLayout.JAVA_BYTE, 10) < PACKET_OTHERHOST) {
      received.clear().limit((int) length);
      receiver.received(received, receiveAddress.get(INT, 4));
    }
  }

  private void setOption(int name, MemorySegment value) throws IOException {
    int result;
    try {
      result =
          (int)
              SETSOCKOPT.invokeExact(
                  receiveState, descriptor, SOL_SOCKET, name, value, (int) value.byteSize());
    } catch (Throwable e) {
      throw new IllegalStateException("setsockopt", e);
    }
    int unused = check("setsockopt", result);
  }

  private int bind() {
    try {
      return (int) BIND.invokeExact(receiveState, descriptor, receiveAddress, ADDRESS_BYTES);
    } catch (Throwable e) {
      throw new IllegalStateException("bind", e);
    }
  }

  private int invoke(MethodHandle handle, int first, int second, int third) {
    try {
      return (int) handle.invokeExact(receiveState, first, second, third);
    } catch (Throwable e) {
      throw new IllegalStateException("socket", e);
    }
  }

  private int check(String name, int result) throws IOException {
    if (result < 0) {
      int errno = (int) ERRNO.get(receiveState, 0L);
      if (name.equals("socket")) {
        arena.close();
      }
      throw failure(name, errno);
    }
    return result;
  }

  private static IOException failure(String name, int errno) {
    return new IOException(
        errno == EPERM ? "not permitted, CAP_NET_RAW is needed" : name + ": error " + errno);
  }

  /** Ends it; nobody may be receiving. */
  @Override
  public void close() {
    sending.lock();
    try {
      int _ = (int) CLOSE.invokeExact(sendState, descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("close", e);
    } finally {
      arena.close();
      sending.unlock();
    }
  }
}
