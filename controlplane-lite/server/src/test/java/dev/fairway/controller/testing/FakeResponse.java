// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import dev.fairway.kube.client.ApiResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** An answer with JSON. */
record FakeResponse(int status, InputStream body) implements ApiResponse {
  FakeResponse(int status, byte[] body) {
    this(status, new ByteArrayInputStream(body));
  }

  @Override
  public @Nullable String header(String name) {
    return name.equalsIgnoreCase("Content-Type") ? "application/json" : null;
  }

  @Override
  public void close() {
    try {
      body.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
