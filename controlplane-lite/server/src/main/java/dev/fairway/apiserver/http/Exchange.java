// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One request and its response, however they are carried. Confined to the request's thread. */
public interface Exchange {
  /** A header of the response. */
  record Header(String name, String value) {}

  /** Upper case. */
  String method();

  /** Percent-encoded, starts with "/". */
  String path();

  /** Percent-encoded, "" if there is none. */
  String query();

  @Nullable String header(String name);

  /** Null if the client did not say who it is. */
  @Nullable User user();

  InputStream body();

  /**
   * Sends status and headers.
   *
   * @param length of the body, -1 if it is open-ended: then {@code flush} delivers what was written
   */
  OutputStream respond(int status, List<Header> headers, long length) throws IOException;

  /** Whether status and headers were sent. */
  boolean isResponding();

  /** Runs, in another thread, if the client goes away before the exchange is over. */
  void onAbort(Runnable action);
}
