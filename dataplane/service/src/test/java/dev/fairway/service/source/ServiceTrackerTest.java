// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceName;
import dev.fairway.service.SnapshotDelta;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServiceTrackerTest {
  private final ServiceTracker tracker =
      new ServiceTracker(new TrackerOptions(Duration.ZERO, Instant.EPOCH));
  private final BlockingQueue<SnapshotDelta> published = new LinkedBlockingQueue<>();
  private final Service web = Records.service("ns", "web", "172.30.0.1");

  @AfterEach
  void close() {
    tracker.close();
  }

  private SnapshotDelta next() throws InterruptedException {
    SnapshotDelta delta = published.poll(10, TimeUnit.SECONDS);
    assertThat(delta).describedAs("a snapshot").isNotNull();
    return delta;
  }

  @Test
  void nothingIsPublished_beforeBothListsWereSeen() throws InterruptedException {
    tracker.addListener(published::add);
    tracker.services().onReplace(List.of(web), "1");
    assertThat(tracker.snapshot().revision()).isZero();
    tracker.endpointSlices().onReplace(List.of(), "1");
    SnapshotDelta first = next();
    assertThat(first.changed()).containsExactly(new ServiceName("ns", "web"));
    assertThat(first.after().revision()).isEqualTo(1);
  }

  @Test
  void emptyCluster_isPublishedToo() throws InterruptedException {
    tracker.addListener(published::add);
    tracker.services().onReplace(List.of(), "1");
    tracker.endpointSlices().onReplace(List.of(), "1");
    assertThat(next().changed()).isEmpty();
  }

  @Test
  void lateListener_getsTheWholeSnapshotOnce() throws InterruptedException {
    BlockingQueue<SnapshotDelta> early = new LinkedBlockingQueue<>();
    tracker.addListener(early::add);
    tracker.endpointSlices().onReplace(List.of(), "1");
    tracker.services().onReplace(List.of(web), "1");
    early.poll(10, TimeUnit.SECONDS);
    tracker.addListener(published::add);
    SnapshotDelta full = next();
    assertThat(full.before().revision()).isZero();
    assertThat(full.changed()).containsExactly(new ServiceName("ns", "web"));
    tracker.services().onDelete(web);
    assertThat(next().after().services()).isEmpty();
    assertThat(published).isEmpty();
  }

  @Test
  void listenerThatFails_doesNotKeepOthersFromTheSnapshot() throws InterruptedException {
    tracker.addListener(_ -> {
      throw new IllegalStateException("broken listener");
    });
    tracker.addListener(published::add);
    tracker.services().onReplace(List.of(web), "1");
    tracker.endpointSlices().onReplace(List.of(), "1");
    assertThat(next().after().services()).hasSize(1);
  }

  @Test
  void changeThatChangesNothing_isNotPublished() throws InterruptedException {
    tracker.addListener(published::add);
    EndpointSlice slice = Records.slice("ns", "web-1", "web", "10.0.0.1");
    tracker.services().onReplace(List.of(web), "1");
    tracker.endpointSlices().onReplace(List.of(slice), "1");
    next();
    tracker.endpointSlices().onUpsert(Records.slice("ns", "web-1", "web", "10.0.0.1"));
    tracker.services().onUpsert(Records.service("ns", "web", "172.30.0.1"));
    tracker.endpointSlices().onUpsert(Records.slice("ns", "web-1", "web", "10.0.0.2"));
    SnapshotDelta second = next();
    assertThat(second.after().revision()).isEqualTo(2);
    assertThat(second.changed()).containsExactly(new ServiceName("ns", "web"));
  }

  @Test
  void namespaces_comeFromTheirWatch() throws InterruptedException {
    tracker.namespaces().onReplace(List.of(new Namespace(ObjectMeta.of("", "empty"), null)), "1");
    tracker.addListener(published::add);
    tracker.services().onReplace(List.of(), "1");
    tracker.endpointSlices().onReplace(List.of(), "1");
    assertThat(next().after().namespaces()).isEqualTo(Set.of("empty"));
    tracker.namespaces().onDelete(new Namespace(ObjectMeta.of("", "empty"), null));
    assertThat(next().after().namespaces()).isEmpty();
  }

  @Test
  void collectionThatArrivesBitByBit_isTakenWhenItIsComplete() throws InterruptedException {
    tracker.addListener(published::add);
    tracker.services().onReplace(List.of(web), "1");
    EndpointSlice slice = Records.slice("ns", "web-1", "web", "10.0.0.1");
    ReflectorListener.Replacement<EndpointSlice> dropped = tracker.endpointSlices().replacement();
    dropped.add(slice);
    ReflectorListener.Replacement<EndpointSlice> all = tracker.endpointSlices().replacement();
    all.add(Records.slice("ns", "web-2", "web", "10.0.0.2"));
    all.add(Records.slice("ns", "web-3", "web", "10.0.0.3"));
    all.add(Records.slice("ns", "web-3", "web", "10.0.0.33"));
    all.remove(new ObjectKey("ns", "web-2"));
    assertThat(tracker.snapshot().revision()).isZero();
    all.complete("2");
    assertThat(next().after().services())
        .singleElement()
        .satisfies(service ->
            assertThat(service.endpoints("p80", Protocol.TCP)).hasToString("[10.0.0.33:80]"));
  }

  @Test
  void replacement_removesWhatIsNotInIt() throws InterruptedException {
    tracker.services().onReplace(List.of(web, Records.service("ns", "api", "172.30.0.2")), "1");
    tracker.endpointSlices().onReplace(List.of(), "1");
    tracker.addListener(published::add);
    next();
    tracker.services().onReplace(List.of(web), "5");
    SnapshotDelta delta = next();
    assertThat(delta.changed()).containsExactly(new ServiceName("ns", "api"));
    assertThat(delta.after().services()).hasSize(1);
  }
}
