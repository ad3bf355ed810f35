// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;

/** Hands what the HPACK decoder finds to a {@link FieldSection}, without a table of its own. */
public final class CollectedHeaders extends DefaultHttp2Headers {
  private final FieldSection section = new FieldSection();

  CollectedHeaders() {
    super(false, 2);
  }

  /** What was decoded. */
  public FieldSection section() {
    return section;
  }

  @Override
  public Http2Headers add(CharSequence name, CharSequence value) {
    section.take(name, value);
    return this;
  }

  @Override
  public CharSequence status() {
    return section.status();
  }

  @Override
  public int size() {
    return section.count();
  }

  @Override
  public boolean isEmpty() {
    return section.count() == 0;
  }
}
