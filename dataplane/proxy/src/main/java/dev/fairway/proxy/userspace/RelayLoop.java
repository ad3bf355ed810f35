// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.fairway.service.IpAddress;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An event loop that only relays TCP: it accepts, connects and moves bytes with as few system calls
 * and as little work of its own as can be, because on this path they are all that a proxy costs.
 * Netty's channels need about twice the processor time for a short connection: each has its own
 * pipeline, promises and timer, registers interest in several steps and asks the kernel for
 * addresses that nobody reads.
 *
 * <p>Every socket is registered once, edge-triggered, for everything. Bytes are read into one block
 * of memory that all sockets of the loop share and sent from there at once; a socket that cannot
 * send all keeps the block, and the loop takes another. An idle connection owns no buffer.
 *
 * <p>All is confined to the loop's thread but for {@link #execute}, {@link #watch}, {@link #stop}
 * and {@link #join}.
 */
final class RelayLoop {
  /** Bytes read at once, and the most that a flow holds for each direction. */
  static final int BLOCK = 64 * 1024;

  private static final System.Logger LOG = System.getLogger(RelayLoop.class.getName());
  private static final int MAX_EVENTS = 256;
  private static final int MAX_ACCEPTS = 8;
  private static final int SPARE_BLOCKS = 16;
  private static final long ACCEPT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long WARNING_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long MAX_WAIT_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long WAKE_UP = Long.MAX_VALUE;
  private static final int EVERYTHING =
      LinuxSockets.EPOLLIN | LinuxSockets.EPOLLOUT | LinuxSockets.EPOLLRDHUP | LinuxSockets.EPOLLET;

  private final RelayLoops loops;
  private final LongSupplier nanoClock;
  private final Thread thread;
  private final int epoll;
  private final int eventFd;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean awake = new AtomicBoolean();
  private volatile boolean stopped;

  /** Guards the descriptors against use after they were closed. */
  private final ReentrantLock lock = new ReentrantLock();

  private boolean ended;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment state = arena.allocate(LinuxSockets.STATE);
  private final MemorySegment scratch = arena.allocate(64, 8);
  private final MemorySegment events =
      arena.allocate((long) MAX_EVENTS * LinuxSockets.EVENT_SIZE, 8);
  private final ArrayDeque<MemorySegment> spare = new ArrayDeque<>();
  private MemorySegment block = newBlock();

  private @Nullable RelaySocket[] sockets = new RelaySocket[256];
  private int[] freeSlots = new int[256];
  private int freeCount;
  private int slotCount;
  private long generation;

  private final ArrayDeque<RelaySocket> again = new ArrayDeque<>();
  private final ArrayDeque<RelayListener> paused = new ArrayDeque<>();
  private long pausedUntil;
  private long nextWarning;
  private final FlowQueue dials = new FlowQueue();
  private final FlowQueue halfClosed = new FlowQueue();

  RelayLoop(String name, RelayLoops loops, LongSupplier nanoClock) {
    this.loops = loops;
    this.nanoClock = nanoClock;
    nextWarning = nanoClock.getAsLong();
    epoll = check(LinuxSockets.epollCreate(state), "epoll_create1");
    eventFd = check(LinuxSockets.eventfd(state), "eventfd");
    check(
        LinuxSockets.epollAdd(state, epoll, eventFd, scratch, LinuxSockets.EPOLLIN, WAKE_UP),
        "epoll_ctl");
    thread = new FastThreadLocalThread(this::run, name);
    thread.setDaemon(true);
  }

  private static int check(int result, String call) {
    if (result < 0) {
      throw new IllegalStateException(call + ": error " + -result);
    }
    return result;
  }

  void start() {
    thread.start();
  }

  /** Runs a task on the loop's thread, soon; tasks for a loop that ended are dropped. */
  void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
  }

  private void wakeUp() {
    if (awake.getAndSet(true)) {
      return;
    }
    lock.lock();
    try (Arena local = Arena.ofConfined()) {
      if (!ended) {
        MemorySegment one = local.allocate(8, 8);
        one.set(JAVA_LONG_UNALIGNED, 0, 1);
        LinuxSockets.write(local.allocate(LinuxSockets.STATE), eventFd, one.address(), 8);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Starts to accept from a listening socket; level-triggered, one loop at a time is told. */
  int watch(RelayListener listener, MemorySegment callState, MemorySegment event) {
    lock.lock();
    try {
      return ended
          ? 0
          : LinuxSockets.epollAdd(
              callState,
              epoll,
              listener.fd,
              event,
              LinuxSockets.EPOLLIN | LinuxSockets.EPOLLEXCLUSIVE,
              listener.id);
    } finally {
      lock.unlock();
    }
  }

  void stop() {
    stopped = true;
    wakeUp();
  }

  void join() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!stopped) {
      int count = LinuxSockets.epollWait(state, epoll, events.address(), MAX_EVENTS, waitMillis());
      for (int i = 0; i < count; i++) {
        long at = (long) i * LinuxSockets.EVENT_SIZE;
        try {
          handle(
              events.get(JAVA_INT_UNALIGNED, at),
              events.get(JAVA_LONG_UNALIGNED, at + LinuxSockets.EVENT_DATA));
        } catch (RuntimeException e) {
          // The thread carries all other connections too, so none may end it.
          LOG.log(System.Logger.Level.ERROR, "unexpected failure on " + thread.getName(), e);
        }
      }
      runAgain();
      runTimers();
    }
    closeAll();
  }

  private int waitMillis() {
    if (!again.isEmpty()) {
      return 0;
    }
    if (dials.isEmpty() && halfClosed.isEmpty() && paused.isEmpty()) {
      return -1;
    }
    long now = nanoClock.getAsLong();
    long wait = paused.isEmpty() ? MAX_WAIT_NANOS : Math.min(MAX_WAIT_NANOS, pausedUntil - now);
    wait = halfClosed.nanosLeft(now, dials.nanosLeft(now, wait));
    return (int) TimeUnit.NANOSECONDS.toMillis(Math.max(0, wait + 999_999));
  }

  private void handle(int mask, long data) {
    if (data == WAKE_UP) {
      runTasks();
    } else if (data < 0) {
      RelayListener listener = loops.listener(data);
      if (listener != null) {
        accept(listener);
      }
    } else {
      RelaySocket socket = sockets[(int) data];
      if (socket != null && socket.token == data) {
        socket.onEvents(mask);
      }
    }
  }

  private void runTasks() {
    LinuxSockets.read(state, eventFd, scratch.address(), 8);
    awake.set(false);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  private void runAgain() {
    for (int left = again.size(); left > 0; left--) {
      again.remove().pumpAgain();
    }
  }

  private void runTimers() {
    if (dials.isEmpty() && halfClosed.isEmpty() && paused.isEmpty()) {
      return;
    }
    long now = nanoClock.getAsLong();
    expire(dials, now);
    expire(halfClosed, now);
    if (pausedUntil - now <= 0) {
      for (RelayListener listener = paused.poll(); listener != null; listener = paused.poll()) {
        if (listener.enter()) {
          watch(listener, state, scratch);
          listener.leave();
        }
      }
    }
  }

  private static void expire(FlowQueue queue, long now) {
    for (NativeFlow flow = queue.overdue(now); flow != null; flow = queue.overdue(now)) {
      flow.onDeadline();
    }
  }

  private void accept(RelayListener listener) {
    for (int i = 0; i < MAX_ACCEPTS; i++) {
      if (!listener.enter()) {
        return;
      }
      int fd;
      try {
        scratch.set(JAVA_INT, 32, 28);
        fd = LinuxSockets.accept(state, listener.fd, scratch.address(), scratch.address() + 32);
        if (isExhaustion(-fd)) {
          pause(listener);
        }
      } finally {
        listener.leave();
      }
      if (fd < 0) {
        return;
      }
      listener.accepted(this, fd, SocketAddresses.read(scratch), SocketAddresses.readPort(scratch));
    }
  }

  /** Whether the error says that the process or the machine has no more to give. */
  static boolean isExhaustion(int error) {
    return error == LinuxSockets.EMFILE
        || error == LinuxSockets.ENFILE
        || error == LinuxSockets.ENOBUFS
        || error == LinuxSockets.ENOMEM;
  }

  private void pause(RelayListener listener) {
    LinuxSockets.epollDelete(state, epoll, listener.fd);
    if (paused.isEmpty()) {
      long now = nanoClock.getAsLong();
      pausedUntil = now + ACCEPT_PAUSE_NANOS;
      if (now - nextWarning >= 0) {
        nextWarning = now + WARNING_PAUSE_NANOS;
        LOG.log(System.Logger.Level.WARNING, "no descriptors left, accepting pauses");
      }
    }
    paused.add(listener);
  }

  /** Watches a socket; false if the kernel does not let it. */
  boolean add(RelaySocket socket) {
    int slot = freeCount > 0 ? freeSlots[--freeCount] : slotCount++;
    if (slot == sockets.length) {
      sockets = Arrays.copyOf(sockets, 2 * slot);
    }
    generation = (generation + 1) & 0x3fff_ffff;
    socket.token = generation << 32 | slot;
    sockets[slot] = socket;
    return LinuxSockets.epollAdd(state, epoll, socket.fd, scratch, EVERYTHING, socket.token) == 0;
  }

  /** Closes a socket, with a RST if wanted; the kernel forgets its registration. */
  void close(RelaySocket socket, boolean abortive) {
    if (abortive) {
      LinuxSockets.setAbortive(state, socket.fd, scratch);
    }
    int slot = (int) socket.token;
    if (sockets[slot] == socket) {
      sockets[slot] = null;
      if (freeCount == freeSlots.length) {
        freeSlots = Arrays.copyOf(freeSlots, 2 * freeCount);
      }
      freeSlots[freeCount++] = slot;
    }
    socket.release();
    LinuxSockets.close(state, socket.fd);
  }

  /** A socket that connects to the endpoint, or a negated error number. */
  int connect(IpAddress address, int port) {
    int fd =
        LinuxSockets.socket(state, address.isV4() ? LinuxSockets.AF_INET : LinuxSockets.AF_INET6);
    if (fd < 0) {
      return fd;
    }
    LinuxSockets.setKeepAlive(state, fd, scratch);
    int length = SocketAddresses.write(scratch, address, port);
    int result = LinuxSockets.connect(state, fd, scratch.address(), length);
    if (result < 0 && result != -LinuxSockets.EINPROGRESS) {
      LinuxSockets.close(state, fd);
      return result;
    }
    return fd;
  }

  int pendingError(int fd) {
    return LinuxSockets.pendingError(state, fd, scratch);
  }

  void setNoDelay(int fd) {
    LinuxSockets.setNoDelay(state, fd, scratch);
  }

  void shutdownOutput(int fd) {
    LinuxSockets.shutdownOutput(state, fd);
  }

  /** Reads into the block. */
  int receive(int fd) {
    return LinuxSockets.receive(state, fd, block.address(), BLOCK);
  }

  int send(int fd, MemorySegment from, int offset, int count) {
    return LinuxSockets.send(state, fd, from.address() + offset, count);
  }

  MemorySegment block() {
    return block;
  }

  /** Hands the block over; the loop uses another from now on. */
  MemorySegment takeBlock() {
    MemorySegment taken = block;
    MemorySegment next = spare.poll();
    block = next == null ? newBlock() : next;
    return taken;
  }

  void giveBlock(MemorySegment given) {
    if (spare.size() < SPARE_BLOCKS) {
      spare.push(given);
    }
  }

  /** Blocks beyond the spare ones are freed by the garbage collector. */
  private static MemorySegment newBlock() {
    return Arena.ofAuto().allocate(BLOCK, 64);
  }

  /** The socket has more to read than its turn allows. */
  void again(RelaySocket socket) {
    again.add(socket);
  }

  /** Flows whose endpoint is being dialed. */
  FlowQueue dials() {
    return dials;
  }

  /** Flows of which one side sends no more. */
  FlowQueue halfClosed() {
    return halfClosed;
  }

  private void closeAll() {
    for (RelaySocket socket : sockets) {
      if (socket != null) {
        socket.flow().close(false);
      }
    }
    lock.lock();
    try {
      ended = true;
      LinuxSockets.close(state, epoll);
      LinuxSockets.close(state, eventFd);
    } finally {
      lock.unlock();
    }
    arena.close();
  }
}
