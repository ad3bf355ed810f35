// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What to say in the Authorization header. Thread-safe. */
sealed interface Credentials permits Credentials.Fixed, Credentials.TokenFile, ExecCredentials {

  /** The header's value, "" for none. */
  String authorization() throws IOException, InterruptedException;

  /** A client certificate that comes with the credentials, or null. */
  default @Nullable ClientIdentity identity() throws IOException, InterruptedException {
    return null;
  }

  /** The server answered 401 to {@code used}; whether it is worth another try. */
  boolean refused(String used);

  /** A client certificate chain and its key, both PEM. */
  record ClientIdentity(String certificates, String key) {
    @Override
    public String toString() {
      return "ClientIdentity[...]";
    }
  }

  /** A header that never changes. */
  record Fixed(String authorization) implements Credentials {
    @Override
    public boolean refused(String used) {
      return false;
    }

    @Override
    public String toString() {
      return "Fixed[...]";
    }
  }

  /** A token in a file that somebody else renews; read again every minute and after a 401. */
  final class TokenFile implements Credentials {
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final Path file;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private String header = "";
    private Instant readAgain = Instant.MIN;

    TokenFile(Path file, InstantSource clock) {
      this.file = file;
      this.clock = clock;
    }

    @Override
    public String authorization() throws IOException {
      lock.lock();
      try {
        Instant now = clock.instant();
        if (!now.isBefore(readAgain)) {
          try {
            header = "Bearer " + Files.readString(file).strip();
          } catch (IOException e) {
            // The file may be missing for the moment in which it is replaced.
            if (header.isEmpty()) {
              throw new IOException("token file " + file + ": " + e.getMessage(), e);
            }
          }
          readAgain = now.plus(FRESH);
        }
        return header;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public boolean refused(String used) {
      lock.lock();
      try {
        readAgain = Instant.MIN;
        return !authorization().equals(used);
      } catch (IOException e) {
        return false;
      } finally {
        lock.unlock();
      }
    }
  }
}
