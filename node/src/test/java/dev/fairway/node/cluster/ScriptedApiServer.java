// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An API server of three kinds that misbehaves as real ones do: it forgets history (410, as an
 * answer or amid a watch), refuses, breaks connections, sends an event twice and bookmarks at any
 * time, and is faster with one kind than with the other. All dice are thrown within the calls of
 * its clients. After a number of changes it calms down. Thread-safe.
 */
final class ScriptedApiServer implements ApiTransport {
  private static final int CHANGES = 300;
  private static final long PACE_NANOS = 50_000;
  private static final String GONE =
      "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}";
  private static final Pattern VERSION = Pattern.compile("[?&]resourceVersion=(\\d+)");

  private final SplittableRandom dice;
  private final boolean knowsWatchList;
  private final ScriptedWorld world;
  private final Map<String, Integer> forgotten = new HashMap<>();
  private final Map<String, CountDownLatch> calm =
      Map.of("services", new CountDownLatch(1), "endpointslices", new CountDownLatch(1));
  private final CountDownLatch closed = new CountDownLatch(1);
  private int changes;
  private int relists;

  ScriptedApiServer(long seed) {
    dice = new SplittableRandom(seed);
    knowsWatchList = dice.nextBoolean();
    world = new ScriptedWorld(dice.split());
  }

  /** Whether nothing changes any more, so that a client may begin for the last time. */
  synchronized boolean isOver() {
    return isCalm();
  }

  /** Waits until both clients have everything and nothing changes any more. */
  void awaitCalm() throws InterruptedException {
    for (CountDownLatch kind : calm.values()) {
      kind.await();
    }
  }

  /** What a proxier is to do in the end. */
  synchronized Map<String, String> expected() {
    return world.expected();
  }

  /** How often a client had to begin anew. */
  synchronized int relists() {
    return relists;
  }

  private boolean isCalm() {
    return changes >= CHANGES;
  }

  private boolean chance(int percent) {
    return !isCalm() && dice.nextInt(100) < percent;
  }

  private void change(int most) {
    for (int i = dice.nextInt(most + 1); i > 0 && !isCalm(); i--) {
      changes++;
      world.change();
    }
  }

  @Override
  public synchronized ApiResponse exchange(ApiRequest request) throws IOException {
    String path = request.pathAndQuery();
    String kind =
        path.contains("endpointslices")
            ? "endpointslices"
            : path.contains("namespaces") ? "namespaces" : "services";
    change(4);
    if (chance(15)) {
      throw new IOException("connection refused");
    }
    if (chance(5)) {
      return new Answer(503, "{\"kind\":\"Status\",\"code\":503,\"message\":\"starting\"}");
    }
    if (!path.contains("watch=true")) {
      relists++;
      String list =
          "{\"metadata\":{\"resourceVersion\":\"%d\"},\"items\":[%s]}"
              .formatted(world.version(), String.join(",", world.list(kind)));
      return new Answer(200, chance(10) ? list.substring(0, dice.nextInt(list.length())) : list);
    }
    if (path.contains("sendInitialEvents=true")) {
      relists++;
      return knowsWatchList
          ? new Answer(200, new Watch(kind, world.version(), initialEvents(kind)))
          : new Answer(422, "{\"kind\":\"Status\",\"code\":422}");
    }
    Matcher from = VERSION.matcher(path);
    if (!from.find()) {
      return new Answer(400, "{\"kind\":\"Status\",\"code\":400}");
    }
    int version = Integer.parseInt(from.group(1));
    if (version < forgotten.getOrDefault(kind, 0) || chance(10)) {
      return dice.nextBoolean()
          ? new Answer(410, GONE)
          : new Answer(200, ScriptedWorld.event("ERROR", GONE));
    }
    return new Answer(200, new Watch(kind, version, ""));
  }

  private String initialEvents(String kind) {
    StringBuilder events = new StringBuilder();
    world.list(kind).forEach(object -> events.append(ScriptedWorld.event("ADDED", object)));
    events.append(
        ScriptedWorld.event(
            "BOOKMARK",
            "{\"metadata\":{\"resourceVersion\":\"%d\",\"annotations\":{".formatted(world.version())
                + "\"k8s.io/initial-events-end\":\"true\"}}}"));
    return events.toString();
  }

  @Override
  public void close() {
    closed.countDown();
  }

  /** Gives events as its reader asks for bytes; everything else happens in between. */
  private final class Watch extends InputStream {
    private final String kind;
    private byte[] bytes;
    private int at;
    private int sent;
    private String last = "";

    Watch(String kind, int from, String start) {
      this.kind = kind;
      sent = from;
      bytes = start.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      // Time for snapshots between the events.
      LockSupport.parkNanos(PACE_NANOS);
      synchronized (ScriptedApiServer.this) {
        if (chance(3)) {
          throw new IOException("connection reset");
        }
        if (chance(3)) {
          return -1;
        }
        change(2);
        if (at == bytes.length) {
          refill();
        }
        if (at < bytes.length) {
          int count = Math.min(Math.min(length, bytes.length - at), 1 + dice.nextInt(300));
          System.arraycopy(bytes, at, into, offset, count);
          at += count;
          return count;
        }
        if (!isCalm()) {
          // Nothing new of this kind: a bookmark keeps the reader from waiting.
          bytes = bookmark().getBytes(StandardCharsets.UTF_8);
          at = 0;
          into[offset] = bytes[at++];
          return 1;
        }
      }
      CountDownLatch end = calm.get(kind);
      if (end != null) {
        end.countDown();
      }
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return -1;
    }

    /** Some of what the reader does not know yet; the rest waits, as behind a slow connection. */
    private void refill() {
      StringBuilder next = new StringBuilder();
      if (!last.isEmpty() && chance(10)) {
        next.append(last);
      }
      List<ScriptedWorld.Change> history = world.history(kind);
      int batch = isCalm() ? Integer.MAX_VALUE : dice.nextInt(3);
      for (ScriptedWorld.Change change : history) {
        if (change.version() > sent && batch-- > 0) {
          last = change.line();
          next.append(last);
          sent = change.version();
        }
      }
      if (chance(5)) {
        forgotten.put(kind, world.version() - dice.nextInt(4));
        next.append(ScriptedWorld.event("ERROR", GONE));
      } else if (chance(20)) {
        next.append(bookmark());
      }
      bytes = next.toString().getBytes(StandardCharsets.UTF_8);
      at = 0;
    }

    private String bookmark() {
      return ScriptedWorld.event(
          "BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"" + sent + "\"}}");
    }
  }

  private record Answer(int status, InputStream body) implements ApiResponse {
    Answer(int status, String body) {
      this(status, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public void close() {}
  }
}
