// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * What the TCP flows of one event loop share: the memory that bytes pass through, the deadlines,
 * and the work that is put off to the end of a round.
 *
 * <p>Bytes are read into one block that all sockets of the loop share and sent from there at once;
 * a socket that cannot send all keeps what is left, so an idle connection owns no buffer. Confined
 * to the loop, but for {@link #load}.
 */
final class RelayLoop {
  private static final System.Logger LOG = System.getLogger(RelayLoop.class.getName());
  private static final int SPARE_BLOCKS = 16;
  private static final int SPARE_SMALL_BLOCKS = 64;

  private final IoEventLoop loop;
  private final ProxyContext context;
  private final AtomicInteger load = new AtomicInteger();
  private final ArrayDeque<Block> spare = new ArrayDeque<>();
  private final ArrayDeque<Block> spareSmall = new ArrayDeque<>();
  private final ArrayDeque<RelaySide> again = new ArrayDeque<>();
  private final List<RelaySide> closing = new ArrayList<>();
  private final SilentFlows silent;
  private final Deadlines dials;
  private final Deadlines halfClosed;
  private Block block = new Block(Block.SIZE);
  private boolean roundEndPlanned;

  RelayLoop(IoEventLoop loop, ProxyContext context) {
    this.loop = loop;
    this.context = context;
    silent = new SilentFlows(this, context);
    dials = new Deadlines(context.options().connectTimeout().toNanos());
    halfClosed = new Deadlines(context.options().limits().halfClosedIdle().toNanos());
  }

  IoEventLoop loop() {
    return loop;
  }

  /**
   * Registers what listens at a socket, soon. Where that fails the socket is closed and serves
   * nobody.
   *
   * @param begin what follows, on the loop
   */
  void register(EpollIoHandle handle, LinuxSocket socket, Consumer<IoRegistration> begin) {
    loop.register(handle)
        .addListener(done -> {
          if (done.isSuccess()) {
            begin.accept((IoRegistration) done.getNow());
          } else {
            LOG.log(System.Logger.Level.WARNING, "cannot listen at " + socket, done.cause());
            close(socket);
          }
        });
  }

  /** How many flows the loop carries; from any thread. */
  int load() {
    return load.getOpaque();
  }

  void addLoad(int flows) {
    load.setOpaque(load.getPlain() + flows);
  }

  /** Where the next bytes are read to. */
  Block block() {
    return block;
  }

  /**
   * Keeps bytes of the current block: in a block of their own if they are few, else the whole
   * block, and the loop uses another from now on.
   *
   * @return a block that has the bytes at the same offset if it is the whole one, else at 0
   */
  Block keep(int offset, int count) {
    if (count <= Block.SMALL) {
      Block small = spareSmall.poll();
      if (small == null) {
        small = new Block(Block.SMALL);
      }
      small.hold(block, offset, count);
      return small;
    }
    Block kept = block;
    kept.hold(offset, count);
    Block next = spare.poll();
    block = next == null ? new Block(Block.SIZE) : next;
    return kept;
  }

  /** Takes a kept block back; blocks beyond the spare ones are freed by the garbage collector. */
  void giveBack(Block given) {
    ArrayDeque<Block> pool = given.size() == Block.SMALL ? spareSmall : spare;
    if (pool.size() < (given.size() == Block.SMALL ? SPARE_SMALL_BLOCKS : SPARE_BLOCKS)) {
      pool.push(given);
    }
  }

  /** The side has more to read than its turn allows. */
  void again(RelaySide side) {
    again.add(side);
    planRoundEnd();
  }

  /**
   * Closes the socket of a side at the end of the round. Not at once: its number could be given to
   * a new socket while events of the old one are still to be handled.
   */
  void closeLater(RelaySide side) {
    if (loop.isShuttingDown()) {
      side.closeSocket();
    } else {
      closing.add(side);
      planRoundEnd();
    }
  }

  /** Whether descriptors become free at the end of the round. */
  boolean isClosing() {
    return !closing.isEmpty();
  }

  private void planRoundEnd() {
    if (!roundEndPlanned) {
      roundEndPlanned = true;
      loop.execute(this::endRound);
    }
  }

  private void endRound() {
    roundEndPlanned = false;
    for (int i = 0; i < closing.size(); i++) {
      closing.get(i).closeSocket();
    }
    closing.clear();
    for (int left = again.size(); left > 0; left--) {
      again.remove().pumpAgain();
    }
  }

  /** Closes a socket with a RST; one that no event loop watches. */
  static void reset(LinuxSocket socket) {
    try {
      socket.setSoLinger(0);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "linger of {0}: {1}", socket, e.getMessage());
    }
    close(socket);
  }

  static void close(LinuxSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The kernel has released the descriptor also where close fails.
      LOG.log(System.Logger.Level.DEBUG, "close of {0}: {1}", socket, e.getMessage());
    }
  }

  /** Flows in which nobody has sent anything yet. */
  SilentFlows silent() {
    return silent;
  }

  /** Flows whose endpoint is being dialed. */
  Deadlines dials() {
    return dials;
  }

  /** Flows of which one side sends no more. */
  Deadlines halfClosed() {
    return halfClosed;
  }

  /** Deadlines that are all the same time away; one timer of the loop serves them all. */
  final class Deadlines {
    private final FlowQueue queue = new FlowQueue();
    private final long nanos;
    private boolean armed;

    Deadlines(long nanos) {
      this.nanos = nanos;
    }

    void add(EpollFlow flow) {
      queue.add(flow.place, context.nanoTime() + nanos);
      if (!armed && !loop.isShuttingDown()) {
        armed = true;
        loop.schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
      }
    }

    private void expire() {
      armed = false;
      long now = context.nanoTime();
      for (EpollFlow flow = queue.overdue(now); flow != null; flow = queue.overdue(now)) {
        FlowQueue.remove(flow.place);
        flow.onDeadline();
      }
      if (!armed && !queue.isEmpty() && !loop.isShuttingDown()) {
        armed = true;
        long left = Math.max(TimeUnit.MILLISECONDS.toNanos(1), queue.nanosLeft(now, nanos));
        loop.schedule(this::expire, left, TimeUnit.NANOSECONDS);
      }
    }
  }
}
