// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A naive API server of one kind that changes its objects, forgets history and breaks connections
 * by the dice, all within the calls of its only client. After a number of steps it calms down,
 * serves what there is and then says so through {@link #settled}.
 */
final class SimulatedApiServer implements ApiTransport {
  private static final int STEPS = 400;

  final CountDownLatch settled = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final SplittableRandom dice;
  private final boolean knowsWatchList;
  private final List<Event> history = new ArrayList<>();
  // The state after each version: name to the version in which it last changed.
  private final Map<Integer, Map<String, Integer>> states = new HashMap<>();
  private int version = 10;
  private int compacted = 10;
  private int steps;

  private record Event(int version, String line) {}

  SimulatedApiServer(long seed) {
    dice = new SplittableRandom(seed);
    knowsWatchList = dice.nextBoolean();
    states.put(version, Map.of());
  }

  Map<String, Integer> stateAt(int at) {
    return states.getOrDefault(at, Map.of("no such version", at));
  }

  Map<String, Integer> finalState() {
    return stateAt(version);
  }

  private boolean isCalm() {
    return steps >= STEPS;
  }

  private boolean chance(int percent) {
    return !isCalm() && dice.nextInt(100) < percent;
  }

  private void mutate() {
    steps++;
    version++;
    TreeMap<String, Integer> state = new TreeMap<>(stateAt(version - 1));
    String name = "m" + dice.nextInt(8);
    String type;
    if (dice.nextInt(12) == 0) {
      history.add(
          new Event(version, event("ADDED", "{\"metadata\":" + meta("x") + ",\"data\":7}")));
      states.put(version, state);
      return;
    }
    if (!state.containsKey(name)) {
      type = "ADDED";
      state.put(name, version);
    } else if (dice.nextInt(3) == 0) {
      type = "DELETED";
      state.remove(name);
    } else {
      type = "MODIFIED";
      state.put(name, version);
    }
    history.add(new Event(version, event(type, "{\"metadata\":" + meta(name) + "}")));
    states.put(version, state);
    if (dice.nextInt(10) == 0) {
      compacted = version - dice.nextInt(4);
    }
  }

  private String meta(String name) {
    return meta(name, version);
  }

  private static String meta(String name, int at) {
    return "{\"name\":\"%s\",\"namespace\":\"n\",\"resourceVersion\":\"%d\"}".formatted(name, at);
  }

  private static String event(String type, String object) {
    return "{\"type\":\"" + type + "\",\"object\":" + object + "}\n";
  }

  @Override
  public ApiResponse exchange(ApiRequest request) throws IOException {
    for (int i = dice.nextInt(4); i > 0 && !isCalm(); i--) {
      mutate();
    }
    if (chance(10)) {
      throw new IOException("connection refused");
    }
    if (chance(5)) {
      return new Answer(500, "{\"kind\":\"Status\",\"code\":500,\"message\":\"boom\"}");
    }
    Map<String, String> query = query(request.pathAndQuery());
    if (!query.containsKey("watch")) {
      return list(query);
    }
    if (query.containsKey("sendInitialEvents")) {
      return knowsWatchList ? watchList() : new Answer(422, "{\"kind\":\"Status\",\"code\":422}");
    }
    int from = Integer.parseInt(query.get("resourceVersion"));
    if (from < compacted) {
      String gone = "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}";
      return dice.nextBoolean() ? new Answer(410, gone) : new Answer(200, event("ERROR", gone));
    }
    return new Answer(new Stream(from, ""));
  }

  private static Map<String, String> query(String path) {
    Map<String, String> query = new HashMap<>();
    for (String pair : path.substring(path.indexOf('?') + 1).split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        query.put(pair.substring(0, equals), value);
      }
    }
    return query;
  }

  private Answer list(Map<String, String> query) {
    int limit = Integer.parseInt(query.getOrDefault("limit", "1000"));
    String token = query.getOrDefault("continue", version + "/0");
    int at = Integer.parseInt(token.substring(0, token.indexOf('/')));
    int from = Integer.parseInt(token.substring(token.indexOf('/') + 1));
    if (at < compacted && query.containsKey("continue")) {
      return new Answer(410, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}");
    }
    List<String> items = new ArrayList<>();
    stateAt(at).forEach((name, v) -> items.add("{\"metadata\":" + meta(name, v) + "}"));
    int to = Math.min(items.size(), from + limit);
    String next = to < items.size() ? at + "/" + to : "";
    String body =
        "{\"metadata\":{\"resourceVersion\":\"%d\",\"continue\":\"%s\"},\"items\":[%s]}"
            .formatted(at, next, String.join(",", items.subList(from, to)));
    return chance(10)
        ? new Answer(200, body.substring(0, dice.nextInt(body.length())))
        : new Answer(200, body);
  }

  private Answer watchList() {
    StringBuilder initial = new StringBuilder();
    stateAt(version)
        .forEach(
            (name, v) -> initial.append(event("ADDED", "{\"metadata\":" + meta(name, v) + "}")));
    initial.append(
        event(
            "BOOKMARK",
            "{\"metadata\":{\"resourceVersion\":\"%d\",\"annotations\":{".formatted(version)
                + "\"k8s.io/initial-events-end\":\"true\"}}}"));
    return new Answer(new Stream(version, initial.toString()));
  }

  @Override
  public void close() {
    closed.countDown();
  }

  /** Sends events as the reader asks for bytes; everything else happens in between. */
  private final class Stream extends InputStream {
    private final ArrayDeque<Byte> bytes = new ArrayDeque<>();
    private int sent;

    Stream(int from, String start) {
      sent = from;
      put(start);
    }

    private void put(String text) {
      for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
        bytes.add(b);
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0];
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (chance(3)) {
        throw new IOException("connection reset");
      }
      if (chance(3)) {
        return -1;
      }
      if (!isCalm()) {
        mutate();
      }
      for (Event event : history) {
        if (event.version() > sent) {
          put(event.line());
          sent = event.version();
        }
      }
      if (chance(10)) {
        put(event("BOOKMARK", "{\"metadata\":" + meta("") + "}"));
      }
      if (bytes.isEmpty()) {
        settled.countDown();
        try {
          closed.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return -1;
      }
      int count = Math.min(Math.min(length, bytes.size()), 1 + dice.nextInt(200));
      for (int i = 0; i < count; i++) {
        into[offset + i] = bytes.remove();
      }
      return count;
    }
  }

  private record Answer(int status, InputStream body) implements ApiResponse {
    Answer(int status, String body) {
      this(status, new java.io.ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    Answer(Stream stream) {
      this(200, stream);
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public void close() {}
  }
}
