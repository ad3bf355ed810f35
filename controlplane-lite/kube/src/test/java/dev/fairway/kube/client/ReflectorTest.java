// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.FakeTransport.Exchange;
import dev.fairway.kube.client.FakeTransport.FakeResponse;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ReflectorTest {
  private static final String END =
      "{'type':'BOOKMARK','object':{'metadata':{'resourceVersion':'%s',"
          + "'annotations':{'k8s.io/initial-events-end':'true'}}}}\n";

  private final FakeTransport server = new FakeTransport();
  private final FakeTimers timers = new FakeTimers();
  private final Recorder seen = new Recorder();
  private Reflector<ConfigMap> reflector = reflector(true);

  private Reflector<ConfigMap> reflector(boolean watchList) {
    return new Reflector<>(
        new KubeClient(server),
        Resource.CONFIG_MAPS,
        ListOptions.labels("app in (a,b)"),
        seen,
        ReflectorOptions.defaults()
            .withNamespace("n")
            .withWatchList(watchList)
            .with(timers, new SplittableRandom(1)));
  }

  /** What the listener was told, as text. */
  private static final class Recorder implements ReflectorListener<ConfigMap> {
    private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    volatile boolean failing;

    @Override
    public void onReplace(List<ConfigMap> all, String resourceVersion) {
      add(
          all.stream().map(Recorder::text).collect(Collectors.joining(" ", "all[", "]@"))
              + resourceVersion);
    }

    @Override
    public void onUpsert(ConfigMap object) {
      add("+" + text(object));
    }

    @Override
    public void onDelete(ConfigMap last) {
      add("-" + text(last));
    }

    private static String text(ConfigMap map) {
      return map.metadata().name() + ":" + map.metadata().resourceVersion();
    }

    private void add(String call) {
      calls.add(call);
      if (failing) {
        throw new IllegalStateException("a broken listener");
      }
    }

    String next() throws InterruptedException {
      String call = calls.poll(20, TimeUnit.SECONDS);
      if (call == null) {
        throw new AssertionError("the listener was not called");
      }
      return call;
    }
  }

  @AfterEach
  void close() {
    reflector.close();
  }

  private static String q(String text, Object... values) {
    return text.replace('\'', '"').formatted(values);
  }

  private static String event(String type, String name, int version) {
    return q(
        "{'type':'%s','object':{'kind':'ConfigMap','metadata':{'name':'%s','namespace':'n',"
            + "'resourceVersion':'%s'}}}\n",
        type, name, version);
  }

  private static String item(String name, int version) {
    return q("{'metadata':{'name':'%s','namespace':'n','resourceVersion':'%s'}}", name, version);
  }

  private static String list(String version, String token, String... items) {
    return q("{'kind':'ConfigMapList','metadata':{'resourceVersion':'%s'", version)
        + q(",'continue':'%s'},'items':[", token)
        + String.join(",", items)
        + "]}";
  }

  private static String status(int code, String reason) {
    return q("{'kind':'Status','code':%s,'reason':'%s','message':'%s'}", code, reason, reason);
  }

  private static String error(int code, String reason) {
    return q("{'type':'ERROR','object':") + status(code, reason) + "}\n";
  }

  /** Starts the reflector and gives it one object, a:1, at version 5. */
  private FakeResponse startSynced() throws InterruptedException {
    reflector.start();
    FakeResponse watch = server.next().start(200);
    watch.send(event("ADDED", "a", 1) + q(END, 5));
    assertThat(seen.next()).isEqualTo("all[a:1]@5");
    return watch;
  }

  @Test
  void watchListHandsOverInitialEventsAtOnce() throws Exception {
    reflector.start();
    Exchange exchange = server.next();
    assertThat(exchange.path())
        .startsWith("/api/v1/namespaces/n/configmaps?labelSelector=app+in+%28a%2Cb%29&watch=true")
        .contains("&allowWatchBookmarks=true&timeoutSeconds=")
        .endsWith("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    FakeResponse watch = exchange.start(200);
    watch.send(event("ADDED", "a", 1) + event("ADDED", "b", 2));
    watch.send(event("MODIFIED", "a", 3) + event("DELETED", "b", 4));
    assertThat(reflector.hasSynced()).isFalse();
    watch.send(q(END, 5) + event("ADDED", "c", 6) + event("DELETED", "a", 7));
    assertThat(seen.next()).isEqualTo("all[a:3]@5");
    assertThat(seen.next()).isEqualTo("+c:6");
    assertThat(seen.next()).isEqualTo("-a:7");
    assertThat(reflector.hasSynced()).isTrue();
  }

  @ParameterizedTest(name = "status {0}")
  @ValueSource(ints = {400, 422})
  void serverWithoutWatchListIsListedInPages(int refusal) throws Exception {
    reflector.start();
    server.next().answer(refusal, status(refusal, "Invalid"));
    Exchange first = server.next();
    assertThat(first.path()).endsWith("&limit=500").doesNotContain("watch");
    first.answer(200, list("9", "tok/en", item("a", 1)));
    Exchange second = server.next();
    assertThat(second.path()).endsWith("&limit=500&continue=tok%2Fen");
    second.answer(200, list("9", "", item("b", 2)));
    assertThat(seen.next()).isEqualTo("all[a:1 b:2]@9");
    assertThat(server.next().path()).endsWith("&resourceVersion=9");
    assertThat(timers.sleeps).isEmpty();
  }

  @Test
  void serverThatIgnoresWatchListIsListed() throws Exception {
    reflector.start();
    FakeResponse watch = server.next().start(200);
    watch.send(event("ADDED", "a", 1));
    watch.end();
    server.next().answer(200, list("9", "", item("a", 1)));
    assertThat(seen.next()).isEqualTo("all[a:1]@9");
  }

  @Test
  void bookmarkMovesTheVersionToResumeFrom() throws Exception {
    FakeResponse watch = startSynced();
    watch.send(q("{'type':'BOOKMARK','object':{'metadata':{'resourceVersion':'70'}}}\n"));
    watch.end();
    assertThat(server.next().path()).endsWith("&resourceVersion=70");
    assertThat(timers.sleeps).isEmpty();
  }

  @Test
  void droppedConnectionResumesFromTheLastVersion() throws Exception {
    FakeResponse watch = startSynced();
    watch.send(event("MODIFIED", "a", 8));
    watch.send("{\"type\":\"ADDED\",\"object\":{\"meta");
    watch.drop();
    assertThat(seen.next()).isEqualTo("+a:8");
    Exchange resumed = server.next();
    assertThat(resumed.path()).endsWith("&resourceVersion=8").doesNotContain("sendInitialEvents");
    resumed.start(200).send(event("ADDED", "b", 9));
    assertThat(seen.next()).isEqualTo("+b:9");
  }

  @Test
  void eventCutOffByACleanEndIsNotLost() throws Exception {
    FakeResponse watch = startSynced();
    watch.send(event("ADDED", "b", 8).substring(0, 40));
    watch.end();
    Exchange resumed = server.next();
    assertThat(resumed.path()).endsWith("&resourceVersion=5");
    resumed.start(200).send(event("ADDED", "b", 8));
    assertThat(seen.next()).isEqualTo("+b:8");
  }

  @Test
  void expiredVersionReplacesEverything() throws Exception {
    FakeResponse watch = startSynced();
    watch.send(error(410, "Expired"));
    FakeResponse again = server.next().start(200);
    again.send(event("ADDED", "z", 90) + q(END, 91));
    assertThat(seen.next()).isEqualTo("all[z:90]@91");
  }

  @Test
  void expiredVersionAsHttpStatusReplacesEverything() throws Exception {
    FakeResponse watch = startSynced();
    watch.end();
    server.next().answer(410, status(410, "Expired"));
    Exchange relist = server.next();
    assertThat(relist.path()).contains("sendInitialEvents=true");
    relist.start(200).send(q(END, 91));
    assertThat(seen.next()).isEqualTo("all[]@91");
  }

  @Test
  void expiredContinueTokenStartsTheListAgainInOnePage() throws Exception {
    reflector = reflector(false);
    reflector.start();
    server.next().answer(200, list("9", "old", item("a", 1)));
    server.next().answer(410, status(410, "Expired"));
    Exchange whole = server.next();
    assertThat(whole.path()).doesNotContain("limit").doesNotContain("continue");
    whole.answer(200, list("12", "", item("b", 11)));
    assertThat(seen.next()).isEqualTo("all[b:11]@12");
  }

  @Test
  void halfAListIsNeverSeen() throws Exception {
    reflector = reflector(false);
    reflector.start();
    FakeResponse half = server.next().start(200);
    half.send(list("9", "", item("a", 1), item("b", 2)).substring(0, 150));
    half.drop();
    server.next().answer(200, list("9", "", item("c", 3)));
    assertThat(seen.next()).isEqualTo("all[c:3]@9");
  }

  @Test
  void brokenObjectIsSkippedAndItsVersionKept() throws Exception {
    FakeResponse watch = startSynced();
    watch.send(
        q("{'type':'ADDED','object':{'metadata':{'name':'x','resourceVersion':'6'},'data':1}}\n"));
    watch.send("no json at all\n\n");
    watch.send(q("{'type':'NEW','object':{'metadata':{'resourceVersion':'7'}}}\n"));
    watch.end();
    assertThat(server.next().path()).endsWith("&resourceVersion=7");
    assertThat(seen.calls).isEmpty();
  }

  @Test
  void brokenObjectInAListIsLeftOut() throws Exception {
    reflector = reflector(false);
    reflector.start();
    String broken = q("{'metadata':{'name':'x'},'data':[{'a':[1,{}]}],'more':{'items':[]}}");
    server.next().answer(200, list("9", "", item("a", 1), broken, "7", item("b", 2)));
    assertThat(seen.next()).isEqualTo("all[a:1 b:2]@9");
  }

  @Test
  void fieldsOfAnEventComeInAnyOrder() throws Exception {
    FakeResponse watch = startSynced();
    watch.send(q("{'object':{'metadata':{'name':'b','resourceVersion':'6'}},'type':'ADDED'}\n"));
    assertThat(seen.next()).isEqualTo("+b:6");
  }

  @Test
  void silentConnectionIsGivenUpAndTakenUpAgain() throws Exception {
    FakeResponse watch = startSynced();
    watch.send(event("ADDED", "b", 6));
    assertThat(seen.next()).isEqualTo("+b:6");
    timers.advance(Duration.ofSeconds(149));
    assertThat(watch.isAborted()).isFalse();
    // The alarm may have been set for the shorter idle time of the initial events.
    timers.advance(Duration.ofSeconds(2));
    timers.advance(Duration.ofSeconds(150));
    assertThat(server.next().path()).endsWith("&resourceVersion=6");
    assertThat(watch.isAborted()).isTrue();
  }

  @Test
  void requestWithoutAnyAnswerIsGivenUp() throws Exception {
    reflector = reflector(false);
    reflector.start();
    server.next();
    timers.advance(Duration.ofSeconds(151));
    server.next().answer(200, list("9", ""));
    assertThat(seen.next()).isEqualTo("all[]@9");
  }

  @Test
  void retriesWaitLongerUpToTheCapAndStartAnewAfterSuccess() throws Exception {
    reflector.start();
    for (int i = 0; i < 12; i++) {
      server.next().fail();
    }
    FakeResponse watch = server.next().start(200);
    assertThat(timers.sleeps).hasSize(12).isSortedAccordingTo(Duration::compareTo);
    assertThat(timers.sleeps.getFirst()).isBetween(Duration.ofMillis(200), Duration.ofMillis(300));
    assertThat(timers.sleeps.getLast()).isEqualTo(Duration.ofSeconds(30));
    watch.send(q(END, 5) + event("ADDED", "b", 6));
    watch.drop();
    server.next().fail();
    server.next();
    assertThat(timers.sleeps).hasSize(13);
    assertThat(timers.sleeps.getLast()).isBetween(Duration.ofMillis(200), Duration.ofMillis(300));
  }

  @Test
  void watchesThatEndAtOnceDoNotSpin() throws Exception {
    startSynced().end();
    for (int i = 0; i < 5; i++) {
      server.next().answer(200, "");
    }
    server.next();
    assertThat(timers.sleeps).hasSizeGreaterThanOrEqualTo(5);
  }

  @Test
  void serverThatAsksForPatienceGetsIt() throws Exception {
    reflector.start();
    server
        .next()
        .answer(
            429, q("{'kind':'Status','code':429,'details':{'retryAfterSeconds':7},'message':'m'}"));
    server.next();
    assertThat(timers.sleeps).containsExactly(Duration.ofSeconds(7));
  }

  @Test
  void failingListenerStopsNothing() throws Exception {
    seen.failing = true;
    FakeResponse watch = startSynced();
    watch.send(event("ADDED", "b", 6) + event("DELETED", "b", 7));
    assertThat(seen.next()).isEqualTo("+b:6");
    assertThat(seen.next()).isEqualTo("-b:7");
  }

  @Test
  void closeAbortsTheStreamAndNothingFollows() throws Exception {
    FakeResponse watch = startSynced();
    reflector.close();
    assertThat(watch.isAborted()).isTrue();
    watch.send(event("ADDED", "b", 6));
    assertThat(reflector.awaitEnd(Duration.ofSeconds(20))).isTrue();
    assertThat(seen.calls).isEmpty();
    assertThat(server.isQuiet()).isTrue();
  }

  @Test
  void closeEndsAReflectorThatWaitsForAnAnswer() throws Exception {
    reflector.start();
    server.next();
    reflector.close();
    assertThat(reflector.awaitEnd(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void closeBeforeStartIsFine() throws Exception {
    reflector.close();
    reflector.start();
    assertThat(reflector.awaitEnd(Duration.ofSeconds(20))).isTrue();
  }
}
