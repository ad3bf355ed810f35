// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.testing.Jvm;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a JVM that writes with signal 9 and looks for what it had acknowledged. */
class StoreCrashIT {
  private static final int ACKNOWLEDGED_BEFORE_KILL = 300;

  @TempDir Path directory;

  @Test
  void everythingAcknowledgedIsThereAfterKillMinusNine() throws Exception {
    Path file = directory.resolve("cluster.mv");
    Process child =
        new ProcessBuilder(Jvm.command(Writer.class, file.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    long highest = 0;
    int lines = 0;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
      String line = out.readLine();
      while (line != null) {
        highest = Math.max(highest, Long.parseLong(line));
        if (++lines == ACKNOWLEDGED_BEFORE_KILL) {
          child.toHandle().destroyForcibly(); // the process' own method closes the pipe
        }
        line = out.readLine();
      }
    }
    child.waitFor();
    assertThat(lines).isGreaterThanOrEqualTo(ACKNOWLEDGED_BEFORE_KILL);
    try (ObjectStore store = ObjectStore.open(file)) {
      assertThat(store.revision()).isGreaterThanOrEqualTo(highest);
      assertThat(store.loaded()).hasSizeGreaterThanOrEqualTo(lines);
    }
  }

  /** The child: four writers without end, prints each acknowledged revision. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) throws Exception {
      ObjectStore store = ObjectStore.open(Path.of(args[0]));
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int t = 0; t < 4; t++) {
          String prefix = "t" + t + "-";
          threads.submit(() -> writeForever(store, prefix));
        }
      }
    }

    private static Void writeForever(ObjectStore store, String prefix) throws Exception {
      for (int i = 0; ; i++) {
        var tree = Json.object();
        tree.putObject("metadata").put("name", prefix + i);
        tree.put("value", "x".repeat(300));
        StoredObject stored =
            store.put(new ObjectId("", "configmaps", "default", prefix + i), 0, tree);
        byte[] line = (stored.revision() + "\n").getBytes(StandardCharsets.US_ASCII);
        synchronized (System.out) {
          System.out.write(line);
          System.out.flush();
        }
      }
    }
  }
}
