// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An API server whose answers a test writes one by one. */
final class FakeTransport implements ApiTransport {
  private static final long PATIENCE_SECONDS = 20;

  private final BlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>();

  /** One request that waits for its answer. */
  static final class Exchange {
    final ApiRequest request;
    private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();

    Exchange(ApiRequest request) {
      this.request = request;
    }

    String path() {
      return request.pathAndQuery();
    }

    /** The connection breaks before there is an answer. */
    void fail() {
      answers.add(new IOException("connection refused"));
    }

    /** A complete answer. */
    void answer(int status, String body) {
      FakeResponse response = start(status);
      response.send(body);
      response.end();
    }

    /** The start of an answer that goes on. */
    FakeResponse start(int status) {
      FakeResponse response = new FakeResponse(status);
      answers.add(response);
      return response;
    }
  }

  /** A body that a test writes bit by bit. */
  static final class FakeResponse extends InputStream implements ApiResponse {
    private static final byte[] END = new byte[0];
    private final int status;
    private final BlockingQueue<Object> chunks = new LinkedBlockingQueue<>();
    private byte[] current = END;
    private int at;
    private boolean ended;
    private volatile boolean aborted;

    FakeResponse(int status) {
      this.status = status;
    }

    void send(String text) {
      chunks.add(text.getBytes(StandardCharsets.UTF_8));
    }

    void end() {
      chunks.add(END);
    }

    void drop() {
      chunks.add(new IOException("connection reset"));
    }

    boolean isAborted() {
      return aborted;
    }

    @Override
    public int status() {
      return status;
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public InputStream body() {
      return this;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      while (at == current.length) {
        if (ended) {
          return -1;
        }
        Object next;
        try {
          next = chunks.take();
        } catch (InterruptedException e) {
          throw new IOException("interrupted", e);
        }
        if (next instanceof IOException broken) {
          throw broken;
        }
        current = (byte[]) next;
        at = 0;
        ended = current.length == 0;
      }
      int count = Math.min(length, current.length - at);
      System.arraycopy(current, at, bytes, offset, count);
      at += count;
      return count;
    }

    @Override
    public void close() {
      aborted = true;
      chunks.add(new IOException("aborted"));
    }
  }

  /** The next request; fails if none comes. */
  Exchange next() throws InterruptedException {
    Exchange exchange = exchanges.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (exchange == null) {
      throw new AssertionError("no request came");
    }
    return exchange;
  }

  boolean isQuiet() {
    return exchanges.isEmpty();
  }

  @Override
  public ApiResponse exchange(ApiRequest request) throws IOException, InterruptedException {
    Exchange exchange = new Exchange(request);
    exchanges.add(exchange);
    Object answer = exchange.answers.take();
    if (answer instanceof IOException broken) {
      throw broken;
    }
    return (ApiResponse) answer;
  }

  @Override
  public void close() {}
}
