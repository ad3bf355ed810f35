// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import tools.jackson.databind.node.ObjectNode;

/** The body of a WATCH: one JSON event per line until it is closed. */
final class WatchBody extends InputStream {
  private static final byte[] END = new byte[0];

  private final String collection;
  private final LinkedBlockingQueue<byte[]> lines = new LinkedBlockingQueue<>();
  private byte[] current = END;
  private int at;
  private volatile boolean closed;

  WatchBody(String collection) {
    this.collection = collection;
  }

  /** Sends a change if it is of this collection; false once the watch is closed. */
  boolean offer(FakeApi.Change change) {
    if (change.collection().equals(collection)) {
      send(change.type(), change.object());
    }
    return !closed;
  }

  void bookmark(long version) {
    ObjectNode object = KubeCodec.json().createObjectNode();
    ObjectNode metadata = object.putObject("metadata");
    metadata.put("resourceVersion", Long.toString(version));
    metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
    send("BOOKMARK", object);
  }

  private void send(String type, ObjectNode object) {
    ObjectNode event = KubeCodec.json().createObjectNode().put("type", type);
    event.set("object", object);
    byte[] json = KubeCodec.json().writeValueAsBytes(event);
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    lines.add(line);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (at == current.length) {
      if (closed && lines.isEmpty()) {
        return -1;
      }
      try {
        current = lines.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      at = 0;
      if (current.length == 0) {
        return -1;
      }
    }
    int count = Math.min(length, current.length - at);
    System.arraycopy(current, at, target, offset, count);
    at += count;
    return count;
  }

  @Override
  public void close() {
    closed = true;
    lines.add(END);
  }
}
