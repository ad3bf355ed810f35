// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one event loop in which no byte was sent yet, by neither side. Clients that connect
 * and vanish leave such flows behind, and each holds two descriptors, maybe for hours. So where a
 * limit is near and they are more than a few, each new flow sends the oldest of them away, if it
 * was silent for a second at least: those who mean it speak before. A flow that carried a byte is
 * never touched.
 *
 * <p>Confined to the loop, but for {@link #isEmpty}.
 */
final class SilentFlows {
  /** For how long each flow may be silent, whatever happens. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How many make room at once where there are no descriptors at all. */
  private static final int BURST = 16;

  /** The share of silent flows that is not worth a thought: one part in so many. */
  private static final int FEW = 16;

  private static final String CONSEQUENCE =
      "; connections in which neither side ever sent a byte make room, the oldest first";

  private final RelayLoop relay;
  private final ProxyContext context;
  private final Line all = new Line();
  private final Map<ServiceLoad, Line> ofServices = new HashMap<>();

  /** The size of {@link #all} for other threads. */
  private final AtomicInteger size = new AtomicInteger();

  /** Flows in the order in which they came. */
  private static final class Line {
    private final FlowQueue flows = new FlowQueue();
    private int size;

    void add(FlowQueue.Place place, long deadline) {
      flows.add(place, deadline);
      size++;
    }

    void remove(FlowQueue.Place place) {
      FlowQueue.remove(place);
      size--;
    }
  }

  /** The places of a flow that is silent. */
  static final class Silence {
    private final ServiceLoad load;
    private final FlowQueue.Place amongAll;
    private final FlowQueue.Place amongService;

    private Silence(EpollFlow flow) {
      load = flow.frontend.load;
      amongAll = new FlowQueue.Place(flow);
      amongService = new FlowQueue.Place(flow);
    }
  }

  SilentFlows(RelayLoop relay, ProxyContext context) {
    this.relay = relay;
    this.context = context;
  }

  /** Whether there are none; from any thread. */
  boolean isEmpty() {
    return size.getOpaque() == 0;
  }

  /** A flow begins in silence. */
  Silence add(EpollFlow flow) {
    Silence silence = new Silence(flow);
    long deadline = context.nanoTime() + PATIENCE_NANOS;
    all.add(silence.amongAll, deadline);
    ofServices.computeIfAbsent(silence.load, _ -> new Line()).add(silence.amongService, deadline);
    size.setOpaque(all.size);
    return silence;
  }

  /** Somebody spoke, or the flow ended. */
  void remove(Silence silence) {
    all.remove(silence.amongAll);
    size.setOpaque(all.size);
    Line line = ofServices.get(silence.load);
    if (line != null) {
      line.remove(silence.amongService);
      if (line.size == 0) {
        ofServices.remove(silence.load);
      }
    }
  }

  /**
   * A flow is about to be let in: if the Service, the proxy or the process is near a limit, the
   * oldest silent flow goes, of the same Service where it is the Service's limit.
   *
   * @param descriptor the new flow's
   */
  void makeRoom(ServiceLoad coming, int descriptor) {
    if (coming.isTcpScarce()) {
      makeRoom(coming, coming.isTcpFull());
    } else if (context.tcpFlows().isScarce()) {
      makeRoom(null, context.tcpFlows().isFull());
    } else if (context.areDescriptorsScarce(descriptor)) {
      // One more than comes, so that the descriptors to spare come back after a rush.
      makeRoom(null, false);
      makeRoom(null, false);
    }
  }

  private void makeRoom(@Nullable ServiceLoad of, boolean full) {
    if (closeOldest(of, full)) {
      return;
    }
    for (RelayLoop other : context.relays()) {
      if (!other.equals(relay) && !other.silent().isEmpty()) {
        other.loop().execute(() -> other.silent().closeOldest(of, full));
        return;
      }
    }
  }

  /**
   * There are no descriptors: unless some become free at the end of the round anyway, some of the
   * oldest silent flows are closed, at most half of them.
   *
   * @return whether it is worth trying again then
   */
  boolean makeRoomNow() {
    if (relay.isClosing()) {
      return true;
    }
    for (int most = Math.min(BURST, all.size / 2); most > 0 && closeOldest(null, true); most--) {
      // Until as many have gone.
    }
    return relay.isClosing();
  }

  /**
   * Closes the oldest silent flow, if it had its time.
   *
   * @param of of which Service; null for any
   * @param anyway also where they are so few that it is not them who take the room
   */
  private boolean closeOldest(@Nullable ServiceLoad of, boolean anyway) {
    Line line = of == null ? all : ofServices.get(of);
    EpollFlow oldest = line == null ? null : line.flows.overdue(context.nanoTime());
    if (line == null || oldest == null || (!anyway && line.size < relay.load() / FEW)) {
      return false;
    }
    context.metrics().tcpSilentClosed.increment();
    ServiceLoad load = oldest.frontend.load;
    load.report(
        context,
        of == null
            ? "the proxy is near its limit of connections or descriptors" + CONSEQUENCE
            : load.tcpScarceMessage() + CONSEQUENCE);
    oldest.reset();
    return true;
  }
}
