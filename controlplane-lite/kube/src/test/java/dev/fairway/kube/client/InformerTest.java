// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class InformerTest {
  private final FakeTransport server = new FakeTransport();
  private final Informer<Namespace> informer =
      new Informer<>(
          new KubeClient(server),
          Resource.NAMESPACES,
          ListOptions.ALL,
          ReflectorOptions.defaults().with(new FakeTimers(), new SplittableRandom(1)));

  @AfterEach
  void close() {
    informer.close();
  }

  private static final class Recorder implements InformerHandler<Namespace> {
    private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

    @Override
    public void added(Namespace object) {
      calls.add("added " + text(object));
    }

    @Override
    public void updated(Namespace old, Namespace now) {
      calls.add("updated " + text(old) + " " + text(now));
    }

    @Override
    public void deleted(Namespace last) {
      calls.add("deleted " + text(last));
    }

    private static String text(Namespace object) {
      return object.metadata().name() + ":" + object.metadata().resourceVersion();
    }

    String next() throws InterruptedException {
      return String.valueOf(calls.poll(20, TimeUnit.SECONDS));
    }
  }

  private static String event(String type, String name, int version) {
    return ("{\"type\":\"%s\",\"object\":{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\","
            + "\"resourceVersion\":\"%d\"}}}\n")
        .formatted(type, name, name, version);
  }

  private static String end(int version) {
    return ("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"%d\","
            + "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n")
        .formatted(version);
  }

  @Test
  void handlersSeeTheChangesAndTheCacheHasThemFirst() throws Exception {
    Recorder seen = new Recorder();
    informer.addHandler(seen);
    informer.start();
    assertThat(informer.awaitSynced(Duration.ZERO)).isFalse();
    FakeTransport.FakeResponse watch = server.next().start(200);
    watch.send(event("ADDED", "a", 1) + event("ADDED", "b", 2) + end(3));
    assertThat(informer.awaitSynced(Duration.ofSeconds(20))).isTrue();
    assertThat(seen.next()).isEqualTo("added a:1");
    assertThat(seen.next()).isEqualTo("added b:2");
    watch.send(event("MODIFIED", "a", 4) + event("DELETED", "b", 5));
    assertThat(seen.next()).isEqualTo("updated a:1 a:4");
    assertThat(seen.next()).isEqualTo("deleted b:5");
    assertThat(informer.get(ObjectKey.clusterScoped("b"))).isNull();
    assertThat(informer.all()).hasSize(1);
  }

  @Test
  void relistTellsOnlyTheDifferences() throws Exception {
    Recorder seen = new Recorder();
    informer.addHandler(seen);
    informer.start();
    FakeTransport.FakeResponse watch = server.next().start(200);
    watch.send(event("ADDED", "a", 1) + event("ADDED", "b", 2) + event("ADDED", "c", 3) + end(3));
    for (int i = 0; i < 3; i++) {
      assertThat(seen.next()).startsWith("added");
    }
    watch.send("{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n");
    server
        .next()
        .start(200)
        .send(event("ADDED", "a", 1) + event("ADDED", "c", 8) + event("ADDED", "d", 9) + end(9));
    assertThat(seen.next()).isEqualTo("updated c:3 c:8");
    assertThat(seen.next()).isEqualTo("added d:9");
    assertThat(seen.next()).isEqualTo("deleted b:2");
    assertThat(seen.calls).isEmpty();
  }

  @Test
  void objectThatWasReplacedUnderItsNameIsDeletedAndAdded() throws Exception {
    Recorder seen = new Recorder();
    informer.addHandler(seen);
    informer.start();
    FakeTransport.FakeResponse watch = server.next().start(200);
    watch.send(event("ADDED", "a", 1) + end(3));
    assertThat(seen.next()).isEqualTo("added a:1");
    watch.send(event("ADDED", "a", 9).replace("\"uid\":\"a\"", "\"uid\":\"other\""));
    assertThat(seen.next()).isEqualTo("deleted a:1");
    assertThat(seen.next()).isEqualTo("added a:9");
  }

  @Test
  void lateHandlerIsToldWhatIsThereAndAFailingOneHarmsNobody() throws Exception {
    informer.addHandler(
        new InformerHandler<>() {
          @Override
          public void added(Namespace object) {
            throw new IllegalStateException("a broken handler");
          }
        });
    informer.start();
    server.next().start(200).send(event("ADDED", "a", 1) + end(3));
    assertThat(informer.awaitSynced(Duration.ofSeconds(20))).isTrue();
    Recorder late = new Recorder();
    informer.addHandler(late);
    assertThat(late.calls).containsExactly("added a:1");
  }
}
