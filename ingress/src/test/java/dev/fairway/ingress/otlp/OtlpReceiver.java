// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.otlp;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A collector that reads what arrives with the classes of the OpenTelemetry project. */
public final class OtlpReceiver implements AutoCloseable {
  /** What to answer with instead of 200, the next times. */
  public record Answer(int status, Map<String, String> headers, byte[] body) {}

  private final HttpServer server;
  private final BlockingQueue<Span> spans = new LinkedBlockingQueue<>();
  public final List<ResourceSpans> resources = new CopyOnWriteArrayList<>();
  public final List<String> requests = new CopyOnWriteArrayList<>();
  public final ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();

  public OtlpReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The next span that arrived, at most 20 s from now. */
  public Span next() throws InterruptedException {
    Span span = spans.poll(20, TimeUnit.SECONDS);
    if (span == null) {
      throw new AssertionError("no span arrived");
    }
    return span;
  }

  public boolean isEmpty() {
    return spans.isEmpty();
  }

  public static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }

  /** Attributes by name, numbers as their text. */
  public static Map<String, String> attributes(List<KeyValue> pairs) {
    Map<String, String> found = new TreeMap<>();
    for (KeyValue pair : pairs) {
      AnyValue value = pair.getValue();
      found.put(
          pair.getKey(),
          value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue());
    }
    return found;
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    requests.add(
        exchange.getRequestMethod()
            + ' '
            + exchange.getRequestURI()
            + ' '
            + exchange.getRequestHeaders().getFirst("Content-Type")
            + ' '
            + exchange.getRequestHeaders().getFirst("Api-Key"));
    Answer answer = answers.poll();
    if (answer == null || answer.status() == 200) {
      ExportTraceServiceRequest message = ExportTraceServiceRequest.parseFrom(body);
      message.getResourceSpansList().forEach(this::take);
    }
    byte[] says = answer == null ? new byte[0] : answer.body();
    if (answer != null) {
      answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    }
    exchange.sendResponseHeaders(
        answer == null ? 200 : answer.status(), says.length == 0 ? -1 : says.length);
    if (says.length > 0) {
      exchange.getResponseBody().write(says);
    }
    exchange.close();
  }

  private void take(ResourceSpans of) {
    resources.add(of);
    of.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList()));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
