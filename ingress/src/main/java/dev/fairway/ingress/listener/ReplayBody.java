// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A copy of what was sent of a request's body, for as long as it is small and the request may have
 * to be sent again. A copy, because keeping the pieces would keep the large buffers that small
 * pieces are cut from. Confined to its event loop.
 */
final class ReplayBody {
  /** Bodies up to this size can be sent again, in bytes. */
  static final int MAX_BYTES = 65_536;

  private final ByteBufAllocator allocator;
  private @Nullable ByteBuf copy;
  private boolean keeps;
  private boolean complete = true;

  /**
   * @param keeps false where no body is ever sent again
   */
  ReplayBody(ByteBufAllocator allocator, boolean keeps) {
    this.allocator = allocator;
    this.keeps = keeps;
  }

  /** Copies a piece that is about to be sent. */
  void add(ByteBuf piece) {
    int size = piece.readableBytes();
    if (size == 0) {
      return;
    }
    ByteBuf so = copy;
    if (!keeps || (so == null ? 0 : so.readableBytes()) + size > MAX_BYTES) {
      complete = false;
      release();
      return;
    }
    if (so == null) {
      so = allocator.buffer(size, MAX_BYTES);
      copy = so;
    }
    so.writeBytes(piece, piece.readerIndex(), size);
  }

  /** Whether everything that was sent can be sent again. */
  boolean isComplete() {
    return complete;
  }

  /** What was sent so far, for the caller to release, or null for nothing. */
  @Nullable ByteBuf bytes() {
    ByteBuf so = copy;
    return so == null ? null : so.retainedDuplicate();
  }

  /** The request will not be sent again. */
  void release() {
    keeps = false;
    ByteBuf so = copy;
    copy = null;
    if (so != null) {
      so.release();
    }
  }
}
