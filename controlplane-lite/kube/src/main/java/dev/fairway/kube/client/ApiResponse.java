// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A response whose body may go on for as long as a watch lasts. */
public interface ApiResponse extends AutoCloseable {

  /** The HTTP status code. */
  int status();

  /** The first value of a header, in any case, or null. */
  @Nullable String header(String name);

  /** The body; reading blocks until bytes arrive. */
  InputStream body();

  /** Aborts the response; a read that blocks in another thread fails. May be called twice. */
  @Override
  void close();
}
