// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.node.runtime.ServiceLinks;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServicePort;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The snapshot that every data plane of this process has taken: added as the last listener, it is
 * told after all the others. Thread-safe.
 */
final class AppliedSnapshot implements SnapshotListener {
  private final CountDownLatch first = new CountDownLatch(1);
  private volatile ServiceSnapshot snapshot = ServiceSnapshot.empty();

  @Override
  public void onSnapshot(SnapshotDelta delta) {
    snapshot = delta.after();
    first.countDown();
  }

  boolean awaitFirst(long millis) throws InterruptedException {
    return first.await(millis, TimeUnit.MILLISECONDS);
  }

  ServiceSnapshot snapshot() {
    return snapshot;
  }

  /** Whether any service has a pod's address as a ready endpoint. */
  boolean offers(String podIp) {
    IpAddress wanted = IpAddress.parse(podIp);
    for (ServiceInfo service : snapshot.services()) {
      EndpointSet endpoints = service.allEndpoints();
      for (int i = 0; i < endpoints.size(); i++) {
        if (endpoints.isReady(i) && endpoints.address(i).equals(wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  /** The Services that the pods of a namespace learn of in their environment. */
  List<ServiceLinks.Link> links(String namespace) {
    List<ServiceLinks.Link> links = new ArrayList<>();
    for (ServiceInfo service : snapshot.services()) {
      boolean apiServer =
          service.name().namespace().equals("default")
              && service.name().name().equals("kubernetes");
      if (!service.clusterIps().isEmpty()
          && (apiServer || service.name().namespace().equals(namespace))) {
        links.add(link(service));
      }
    }
    return links;
  }

  private static ServiceLinks.Link link(ServiceInfo service) {
    List<ServiceLinks.Port> ports = new ArrayList<>();
    for (ServicePort port : service.ports()) {
      ports.add(
          new ServiceLinks.Port(port.name().port(), port.name().protocol().name(), port.port()));
    }
    return new ServiceLinks.Link(
        service.name().name(), service.clusterIps().getFirst().toString(), ports);
  }
}
