// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.proxy.Proxier;
import dev.fairway.proxy.SyncResult;
import dev.fairway.proxy.bpf.BpfProxier;
import dev.fairway.proxy.bpf.NamespaceWatch;
import dev.fairway.service.IpAddress;
import dev.fairway.service.SnapshotDelta;
import java.time.Duration;
import java.util.Collection;

/**
 * Sockets of this machine are connected to endpoints by eBPF programs; everything else, clients
 * from elsewhere and what eBPF leaves to sockets, is served by another data plane beside it.
 */
public final class BpfDataPlane implements DataPlane {
  private static final System.Logger LOG = System.getLogger(BpfDataPlane.class.getName());

  /** A pod that connects before it is seen has its packets served by the other data plane. */
  private static final Duration NAMESPACE_CHECK = Duration.ofMillis(500);

  private final BpfProxier bpf;
  private final DataPlane beside;
  private final AutoCloseable steered;
  private final NamespaceWatch namespaces;
  private final Proxier both = new Both();

  /**
   * Two data planes that serve the same.
   *
   * @param steered what eBPF gives packets to beside the sockets of the other; closed at the end
   */
  public BpfDataPlane(BpfProxier bpf, DataPlane beside, AutoCloseable steered) {
    this.bpf = bpf;
    this.beside = beside;
    this.steered = steered;
    namespaces = NamespaceWatch.start(bpf, NAMESPACE_CHECK);
  }

  @Override
  public Proxier proxier() {
    return both;
  }

  @Override
  public void setZone(String zone) {
    bpf.setZone(zone);
    beside.setZone(zone);
  }

  @Override
  public void refreshAddresses() {
    beside.refreshAddresses();
    bpf.refreshAddresses();
  }

  @Override
  public Collection<IpAddress> nodePortIps() {
    return beside.nodePortIps();
  }

  /** The sockets first: what eBPF does not translate must already be answered. */
  private final class Both implements Proxier {
    @Override
    public String name() {
      return bpf.name();
    }

    @Override
    public SyncResult sync(SnapshotDelta delta) {
      SyncResult sockets = beside.proxier().sync(delta);
      SyncResult kernel = bpf.sync(delta);
      return new SyncResult(
          kernel.revision(),
          kernel.services(),
          kernel.ports(),
          kernel.frontendsAdded(),
          kernel.frontendsRemoved(),
          sockets.nanos() + kernel.nanos());
    }

    @Override
    public boolean awaitApplied(long revision, Duration timeout) throws InterruptedException {
      long start = System.nanoTime();
      return bpf.awaitApplied(revision, timeout)
          && beside.proxier().awaitApplied(revision, timeout.minusNanos(System.nanoTime() - start));
    }

    @Override
    public void close(Duration drain) {
      namespaces.close();
      beside.proxier().close(drain);
      bpf.close(drain);
      try {
        steered.close();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.WARNING, "cannot close sockets", e);
      }
    }
  }
}
