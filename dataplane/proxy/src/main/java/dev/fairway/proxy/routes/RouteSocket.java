// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.routes;

import dev.fairway.service.IpAddress;
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
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A socket of rtnetlink(7). Messages go in batches; the kernel answers only what fails, and the
 * last of a batch. Not thread-safe.
 */
final class RouteSocket implements RouteTable {
  /** Marks a route as ours; none of the numbers in iproute2's rt_protos. */
  static final int PROTOCOL = 170;

  private static final int AF_NETLINK = 16;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int HEADER = 16;
  private static final int ROUTE_HEADER = 12;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_DELROUTE = 25;
  private static final int RTM_GETROUTE = 26;
  private static final int REQUEST = 1;
  private static final int ACK = 4;
  private static final int DUMP = 0x300;
  private static final int EXCLUSIVE = 0x200;
  private static final int CREATE = 0x400;
  private static final int RTN_LOCAL = 2;
  private static final int TABLE_LOCAL = 255;
  private static final int SCOPE_HOST = 254;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_PREFSRC = 7;
  private static final int EPERM = 1;
  private static final int ESRCH = 3;
  private static final int EINTR = 4;
  private static final int EEXIST = 17;

  /** Every failure of a batch fits into a socket's default receive buffer. */
  private static final int BATCH = 200;

  private static final int SEND_BYTES = BATCH * 96;
  private static final int RECEIVE_BYTES = 64 << 10;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SOCKET =
      call(
          "socket",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));
  private static final MethodHandle SEND = call("send", transfer());
  private static final MethodHandle RECV = call("recv", transfer());
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(CALL_STATE);
  private final MemorySegment sendMemory = arena.allocate(SEND_BYTES, 8);
  private final MemorySegment receiveMemory = arena.allocate(RECEIVE_BYTES, 8);
  private final ByteBuffer out = sendMemory.asByteBuffer().order(ByteOrder.nativeOrder());
  private final ByteBuffer in = receiveMemory.asByteBuffer().order(ByteOrder.nativeOrder());
  private final int descriptor;
  private final int loopback;
  private int sequence;

  private RouteSocket(int loopback) throws IOException {
    this.loopback = loopback;
    descriptor = invoke("socket", SOCKET, AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
  }

  /**
   * Opens a socket in this process's network namespace.
   *
   * @throws IOException if there is none to be had
   */
  static RouteSocket open() throws IOException {
    NetworkInterface device = NetworkInterface.getByName("lo");
    if (device == null) {
      throw new IOException("there is no interface lo");
    }
    return new RouteSocket(device.getIndex());
  }

  private static FunctionDescriptor transfer() {
    return FunctionDescriptor.of(
        ValueLayout.JAVA_LONG,
        ValueLayout.JAVA_INT,
        ValueLayout.ADDRESS,
        ValueLayout.JAVA_LONG,
        ValueLayout.JAVA_INT);
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  @Override
  public Set<IpAddress> present() throws IOException {
    Set<IpAddress> addresses = new HashSet<>();
    for (int family : new int[] {AF_INET, AF_INET6}) {
      out.clear();
      begin(RTM_GETROUTE, REQUEST | DUMP);
      out.put((byte) family).put(new byte[ROUTE_HEADER - 1]);
      end(0);
      send();
      boolean more = true;
      while (more) {
        receive();
        more = collect(addresses);
      }
    }
    return addresses;
  }

  /** Takes our routes out of what was received; false after the last. */
  private boolean collect(Set<IpAddress> addresses) throws IOException {
    while (in.remaining() >= HEADER) {
      int start = in.position();
      int length = in.getInt(start);
      int type = Short.toUnsignedInt(in.getShort(start + 4));
      if (length < HEADER || length > in.remaining()) {
        throw new IOException("rtnetlink: a message of " + length + " bytes");
      }
      if (type == NLMSG_DONE) {
        return false;
      }
      if (type == NLMSG_ERROR) {
        throw failure(-in.getInt(start + HEADER));
      }
      if (type == RTM_NEWROUTE
          && (in.get(start + HEADER + 4) & 0xff) == TABLE_LOCAL
          && (in.get(start + HEADER + 5) & 0xff) == PROTOCOL) {
        addDestination(start + HEADER + ROUTE_HEADER, start + length, addresses);
      }
      in.position(start + Math.min(align(length), in.remaining()));
    }
    return true;
  }

  private void addDestination(int from, int to, Set<IpAddress> addresses) {
    int at = from;
    while (at + 4 <= to) {
      int length = Short.toUnsignedInt(in.getShort(at));
      int type = Short.toUnsignedInt(in.getShort(at + 2));
      if (length < 4) {
        return;
      }
      if (type == RTA_DST) {
        byte[] bytes = new byte[length - 4];
        in.get(at + 4, bytes);
        addresses.add(IpAddress.ofBytes(bytes));
      }
      at += align(length);
    }
  }

  @Override
  public Set<IpAddress> add(List<Route> routes) throws IOException {
    Set<IpAddress> left = new HashSet<>();
    for (int from = 0; from < routes.size(); from += BATCH) {
      List<Route> batch = routes.subList(from, Math.min(routes.size(), from + BATCH));
      List<IpAddress> addresses = new ArrayList<>(batch.size());
      out.clear();
      int first = sequence + 1;
      for (int i = 0; i < batch.size(); i++) {
        Route route = batch.get(i);
        addresses.add(route.address());
        begin(RTM_NEWROUTE, REQUEST | CREATE | EXCLUSIVE | (i + 1 == batch.size() ? ACK : 0));
        route(route.address());
        attribute(RTA_PREFSRC, route.source());
        end(messageStart);
      }
      send();
      awaitAnswer(first, addresses, EEXIST, left);
    }
    return left;
  }

  @Override
  public void remove(Collection<IpAddress> addresses) throws IOException {
    List<IpAddress> all = List.copyOf(addresses);
    for (int from = 0; from < all.size(); from += BATCH) {
      List<IpAddress> batch = all.subList(from, Math.min(all.size(), from + BATCH));
      out.clear();
      int first = sequence + 1;
      for (int i = 0; i < batch.size(); i++) {
        begin(RTM_DELROUTE, REQUEST | (i + 1 == batch.size() ? ACK : 0));
        route(batch.get(i));
        end(messageStart);
      }
      send();
      awaitAnswer(first, batch, ESRCH, new HashSet<>());
    }
  }

  private int messageStart;

  private void begin(int type, int flags) {
    messageStart = out.position();
    out.putInt(0).putShort((short) type).putShort((short) flags).putInt(++sequence).putInt(0);
  }

  private void end(int start) {
    out.putInt(start, out.position() - start);
  }

  private void route(IpAddress address) {
    out.put((byte) (address.isV4() ? AF_INET : AF_INET6));
    out.put((byte) (address.isV4() ? 32 : 128)).put((byte) 0).put((byte) 0);
    out.put((byte) TABLE_LOCAL).put((byte) PROTOCOL).put((byte) SCOPE_HOST).put((byte) RTN_LOCAL);
    out.putInt(0);
    attribute(RTA_DST, address);
    out.putShort((short) 8).putShort((short) RTA_OIF).putInt(loopback);
  }

  private void attribute(int type, IpAddress address) {
    byte[] bytes = address.toBytes();
    out.putShort((short) (4 + bytes.length)).putShort((short) type).put(bytes);
  }

  private void send() throws IOException {
    out.flip();
    int length = out.limit();
    int sent = invokeTransfer("send", SEND, sendMemory, length);
    if (sent != length) {
      throw new IOException("rtnetlink: sent " + sent + " of " + length + " bytes");
    }
  }

  private void receive() throws IOException {
    int length = invokeTransfer("recv", RECV, receiveMemory, RECEIVE_BYTES);
    in.clear().limit(length);
  }

  /**
   * Reads answers until that to the last message of a batch.
   *
   * @param first sequence number of the first message
   * @param expected a failure that is none
   * @param failed receives the addresses that it happened to
   */
  private void awaitAnswer(
      int first, List<IpAddress> addresses, int expected, Set<IpAddress> failed)
      throws IOException {
    IOException problem = null;
    while (true) {
      receive();
      while (in.remaining() >= HEADER + 4) {
        int start = in.position();
        int length = in.getInt(start);
        int type = Short.toUnsignedInt(in.getShort(start + 4));
        int number = in.getInt(start + 8);
        if (length < HEADER || length > in.remaining()) {
          throw new IOException("rtnetlink: a message of " + length + " bytes");
        }
        in.position(start + Math.min(align(length), in.remaining()));
        int index = number - first;
        if (type != NLMSG_ERROR || index < 0 || index >= addresses.size()) {
          continue;
        }
        int errno = -in.getInt(start + HEADER);
        if (errno == expected) {
          failed.add(addresses.get(index));
        } else if (errno != 0 && problem == null) {
          problem = new IOException("route of " + addresses.get(index) + ": " + describe(errno));
        }
        if (index == addresses.size() - 1) {
          if (problem != null) {
            throw problem;
          }
          return;
        }
      }
    }
  }

  private int invoke(String name, MethodHandle handle, int first, int second, int third)
      throws IOException {
    int result;
    try {
      result = (int) handle.invokeExact(state, first, second, third);
    } catch (Throwable e) {
      throw new IllegalStateException(name, e);
    }
    if (result < 0) {
      throw failure((int) ERRNO.get(state, 0L));
    }
    return result;
  }

  private int invokeTransfer(String name, MethodHandle handle, MemorySegment memory, long length)
      throws IOException {
    while (true) {
      long result;
      try {
        result = (long) handle.invokeExact(state, descriptor, memory, length, 0);
      } catch (Throwable e) {
        throw new IllegalStateException(name, e);
      }
      if (result >= 0) {
        return (int) result;
      }
      int errno = (int) ERRNO.get(state, 0L);
      if (errno != EINTR) {
        throw failure(errno);
      }
    }
  }

  private static IOException failure(int errno) {
    return new IOException("rtnetlink: " + describe(errno));
  }

  private static String describe(int errno) {
    return errno == EPERM ? "not permitted, CAP_NET_ADMIN is needed" : "error " + errno;
  }

  private static int align(int length) {
    return (length + 3) & ~3;
  }

  @Override
  public void close() {
    try {
      int _ = (int) CLOSE.invokeExact(state, descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("close", e);
    } finally {
      arena.close();
    }
  }
}
