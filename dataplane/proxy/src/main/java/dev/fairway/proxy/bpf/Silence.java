// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import dev.fairway.proxy.bpf.BpfObject.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The programs that hold the kernel's refusals back while no process has the sockets that steered
 * clients are to get, so that a client who asks in between asks again and is served. With pins they
 * outlive the process, as it is when there is none that they are for. Confined to the thread that
 * syncs.
 */
final class Silence implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Silence.class.getName());
  private static final String OBJECT = "silence.bpf.o";

  /** {@code BPF_PROG_TYPE_NETFILTER} and {@code BPF_NETFILTER}. */
  private static final Kind NETFILTER = new Kind(32, 45);

  /** After everything else that may change or drop a packet. */
  private static final int PRIORITY = 1000;

  private static final int LOCAL_OUT = 3;

  /** Programs by the number of the family that they are for: NFPROTO_IPV4 and NFPROTO_IPV6. */
  private static final Map<String, Integer> FAMILIES = Map.of("silence4", 2, "silence6", 10);

  private final Map<String, Integer> links = new HashMap<>();

  private Silence() {}

  /**
   * Lets what leaves the network namespace of this process meet the programs.
   *
   * @param pins where links survive the process; null for none
   * @return null where the kernel has no such programs
   */
  static @Nullable Silence attach(BpfMap unanswered, @Nullable PinDirectory pins) {
    Silence silence = new Silence();
    try (BpfObject object =
        BpfObject.load(
            OBJECT,
            Map.of(),
            Map.of("unanswered", unanswered.fd()),
            Map.of("silence4", NETFILTER, "silence6", NETFILTER))) {
      for (Map.Entry<String, Integer> program : FAMILIES.entrySet()) {
        silence.attach(object, program.getKey(), program.getValue(), pins);
      }
      return silence;
    } catch (BpfException e) {
      LOG.log(
          System.Logger.Level.INFO,
          "clients from elsewhere are refused between the end of this process and the next one: {0}",
          e.getMessage());
      silence.close();
      return null;
    }
  }

  /** Such a link cannot be given another program, so the one of the process before goes first. */
  private void attach(BpfObject object, String program, int family, @Nullable PinDirectory pins) {
    String name = "link_" + program;
    if (pins != null) {
      detachPinned(pins, program);
    }
    int link =
        LibBpf.check(
            "attaching " + program,
            LibBpf.linkNetfilter(object.program(program), family, LOCAL_OUT, PRIORITY));
    links.put(program, link);
    if (pins != null) {
      pins.pin(name, link);
    }
  }

  private static void detachPinned(PinDirectory pins, String program) {
    OptionalInt present = pins.get("link_" + program);
    if (present.isPresent()) {
      int _ = LibBpf.detachLink(present.getAsInt());
      LibBpf.closeFile(present.getAsInt());
    }
  }

  /** Ends what a process before this one left. */
  static void removePinned(PinDirectory pins) {
    FAMILIES.keySet().forEach(program -> detachPinned(pins, program));
  }

  /** Ends it, whoever has pinned it. */
  void detach() {
    links.values().forEach(LibBpf::detachLink);
    close();
  }

  /** Lets go of it; what is pinned goes on. */
  @Override
  public void close() {
    links.values().forEach(LibBpf::closeFile);
    links.clear();
  }
}
