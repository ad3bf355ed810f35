// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.kube.api.Secret;
import dev.fairway.service.EndpointTable.Conditions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Pods that are replaced one by one under load, while certificates rotate and routes change; the
 * clients never try again. {@code -Dfairway.soak.seconds} and {@code -Dfairway.soak.rate} make it
 * longer and harder than the build does.
 */
class RollingUpdateIT {
  private static final int SECONDS = Integer.getInteger("fairway.soak.seconds", 4);
  private static final int RATE = Integer.getInteger("fairway.soak.rate", 400);
  private static final int CLIENTS = 8;
  private static final long CHANGE_NANOS = 20_000_000;
  private static final String HOST = "shop.example";

  private final Map<String, AtomicInteger> executed = new ConcurrentHashMap<>();
  private final List<AppServer> pods = new ArrayList<>();
  private final List<AppServer> leaving = new ArrayList<>();
  private final AtomicLong names = new AtomicLong();
  private final AtomicLong changes = new AtomicLong();
  private final Tally safe = new Tally();
  private final Tally posts = new Tally();
  private final SSLContext trusting = trusting();
  private GatewayFixture fixture;
  private volatile boolean stop;

  /** What clients saw. */
  private static final class Tally {
    private final AtomicInteger answered = new AtomicInteger();
    private final List<String> lost = java.util.Collections.synchronizedList(new ArrayList<>());
  }

  @BeforeEach
  void start() throws IOException {
    fixture = new GatewayFixture();
    fixture.secrets(certificate());
    fixture.ingresses(
        TestObjects.ingress("shop").host(HOST).prefix("/", "web").tls("cert", HOST).build());
    for (int i = 0; i < 3; i++) {
      pods.add(new AppServer(executed));
    }
    publish(List.of());
  }

  @AfterEach
  void end() throws IOException {
    stop = true;
    fixture.close();
    for (AppServer pod : pods) {
      pod.close();
    }
    for (AppServer pod : leaving) {
      pod.close();
    }
  }

  @Test
  void podsThatAreToldOfFirstLoseNoRequest() throws Exception {
    List<Thread> load = load();
    rollUntil(System.nanoTime() + SECONDS * 1_000_000_000L, true);
    finish(load);
    assertThat(posts.lost).isEmpty();
  }

  /** The worst order: the process ends before anybody knows. */
  @Test
  void podsThatEndUnannouncedLoseNoRequestThatMayBeRepeated() throws Exception {
    List<Thread> load = load();
    rollUntil(System.nanoTime() + SECONDS * 1_000_000_000L, false);
    finish(load);
    // What reached a server that had just decided to end the connection cannot be told from what
    // it has executed; everything else is repeated.
    assertThat(posts.lost.size()).isLessThanOrEqualTo(leaving.size());
  }

  @Test
  void scalingToOneAndToNoneAndBackLosesOnlyWhatHasNoEndpoint() throws Exception {
    List<Thread> load = load();
    for (int size : new int[] {1, 0, 3}) {
      int before = safe.answered.get() + safe.lost.size();
      while (pods.size() > size) {
        leaving.add(pods.removeFirst());
      }
      while (pods.size() < size) {
        pods.add(new AppServer(executed));
      }
      publish(List.of());
      LockSupport.parkNanos(100_000_000);
      for (AppServer gone : leaving) {
        gone.terminate();
      }
      GatewayFixture.await(() -> safe.answered.get() + safe.lost.size() > before + 50);
      if (size == 1) {
        assertThat(safe.lost).isEmpty();
        assertThat(posts.lost).isEmpty();
      }
    }
    int recovered = safe.lost.size();
    int answered = safe.answered.get();
    GatewayFixture.await(() -> safe.answered.get() > answered + 50);
    stop = true;
    for (Thread thread : load) {
      thread.join();
    }
    assertThat(safe.lost).hasSize(recovered).allMatch(loss -> loss.contains("503"));
    assertNothingTwice();
  }

  private void finish(List<Thread> load) throws InterruptedException {
    stop = true;
    for (Thread thread : load) {
      thread.join();
    }
    System.out.printf(
        "rolling update: %d pods replaced, %d changes, %d requests answered, lost: %d,"
            + " POST %d of %d%n",
        leaving.size(),
        changes.get(),
        safe.answered.get(),
        safe.lost.size(),
        posts.lost.size(),
        posts.answered.get() + posts.lost.size());
    assertThat(safe.lost).isEmpty();
    assertNothingTwice();
  }

  private void assertNothingTwice() {
    assertThat(executed)
        .as("executions of each POST")
        .allSatisfy((path, count) -> {
          if (path.startsWith("/post")) {
            assertThat(count.get()).as(path).isEqualTo(1);
          }
        });
  }

  private void rollUntil(long deadline, boolean announced) throws Exception {
    // A machine that is busy with other things takes longer to ask enough.
    while (System.nanoTime() - deadline < 0
        || safe.answered.get() < 100
        || posts.answered.get() < 20) {
      AppServer old = pods.removeFirst();
      leaving.add(old);
      pods.add(new AppServer(executed));
      if (announced) {
        publish(List.of(old));
        LockSupport.parkNanos(200_000_000);
        old.terminate();
      } else {
        old.terminate();
        LockSupport.parkNanos(30_000_000);
        publish(List.of(old));
      }
      GatewayFixture.await(() -> !old.isBusy());
      publish(List.of());
      LockSupport.parkNanos(100_000_000);
    }
  }

  /** Makes the pods ready, and those given terminating. */
  private void publish(List<AppServer> terminating) {
    List<TestEndpoint> endpoints = new ArrayList<>();
    pods.forEach(pod -> endpoints.add(endpoint(pod, Conditions.AVAILABLE)));
    terminating.forEach(pod -> endpoints.add(endpoint(pod, Conditions.SERVING_TERMINATING)));
    fixture.service("web", endpoints);
  }

  private static TestEndpoint endpoint(AppServer pod, Conditions conditions) {
    return new TestEndpoint("127.0.0.1", pod.port(), conditions);
  }

  /** Fifty changes of routes a second, and a new certificate. */
  private void change() {
    long next = System.nanoTime();
    while (!stop) {
      long n = changes.incrementAndGet();
      if (n % 50 == 0) {
        fixture.gateway().secrets().onUpsert(certificate());
      }
      fixture
          .gateway()
          .ingresses()
          .onUpsert(TestObjects.ingress("other").host(HOST).prefix("/other/" + n, "web").build());
      next += CHANGE_NANOS;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private static Secret certificate() {
    TestCertificates.Pem pem = TestCertificates.create(HOST);
    return TestObjects.tlsSecret("cert", pem.certificate(), pem.key());
  }

  private List<Thread> load() {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      boolean keeps = i % 2 == 0;
      boolean tls = i % 4 >= 2;
      threads.add(Thread.ofVirtual().start(() -> client(keeps, tls)));
    }
    threads.add(Thread.ofVirtual().start(this::change));
    return threads;
  }

  /** Asks at its share of the rate, on one connection or on a new one each time. */
  private void client(boolean keeps, boolean tls) {
    long gap = 1_000_000_000L * CLIENTS / RATE;
    long next = System.nanoTime();
    RawClient connection = null;
    while (!stop) {
      long n = names.incrementAndGet();
      Tally tally = n % 5 == 0 ? posts : safe;
      try {
        if (connection == null) {
          connection = tls ? connectTls() : fixture.connect();
        }
        RawClient.Response response = ask(connection, n);
        if (response.status() == 200) {
          tally.answered.incrementAndGet();
        } else {
          tally.lost.add(response.status() + " " + response.body());
        }
        if (!keeps || response.field("Connection").equals("close")) {
          connection.close();
          connection = null;
        }
      } catch (IOException broken) {
        tally.lost.add(broken.toString());
        connection = null;
      }
      next += gap;
      LockSupport.parkNanos(next - System.nanoTime());
    }
    if (connection != null) {
      try {
        connection.close();
      } catch (IOException closing) {
        throw new java.io.UncheckedIOException(closing);
      }
    }
  }

  private RawClient connectTls() throws IOException {
    InetSocketAddress address = Objects.requireNonNull(fixture.gateway().httpsAddress());
    return new RawClient(
        trusting.getSocketFactory().createSocket(address.getAddress(), address.getPort()));
  }

  private static SSLContext trusting() {
    X509TrustManager all =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {all}, null);
      return context;
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static RawClient.Response ask(RawClient connection, long n) throws IOException {
    String fields = " HTTP/1.1\r\nHost: " + HOST + "\r\n";
    if (n % 5 == 0) {
      connection.send("POST /post/" + n + fields + "Content-Length: 5\r\n\r\nhello");
    } else if (n % 5 == 1) {
      connection.send("PUT /put/" + n + fields + "Content-Length: 5\r\n\r\nhello");
    } else {
      connection.send("GET /get/" + n + (n % 50 == 3 ? "/slow" : "") + fields + "\r\n");
    }
    return connection.response();
  }
}
