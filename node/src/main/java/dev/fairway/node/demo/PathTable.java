// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What answered on which path, as an aligned table; coloured only on a terminal. */
final class PathTable {
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String PLAIN = "\u001b[0m";

  private record Row(String path, String address, String answer, long micros, boolean ok) {}

  private final PrintWriter out;
  private final List<Row> rows = new ArrayList<>();

  PathTable(PrintWriter out) {
    this.out = out;
  }

  void add(String path, String address, String answer, long nanos, boolean ok) {
    rows.add(new Row(path, address, answer, nanos / 1000, ok));
  }

  /** Prints everything; true if every path answered. */
  boolean print() {
    int path = width(4, rows.stream().map(Row::path).toList());
    int address = width(7, rows.stream().map(Row::address).toList());
    int answer = width(6, rows.stream().map(Row::answer).toList());
    boolean colours = isTerminal();
    out.println();
    out.println(
        "  " + pad("PATH", path) + pad("ADDRESS", address) + pad("ANSWER", answer) + "    MS");
    boolean all = true;
    for (Row row : rows) {
      all &= row.ok();
      String text = pad(row.answer(), answer);
      out.println(
          "  "
              + pad(row.path(), path)
              + pad(row.address(), address)
              + (colours ? (row.ok() ? GREEN : RED) + text + PLAIN : text)
              + "%6.1f".formatted(row.micros() / 1000.0));
    }
    out.println();
    long failed = rows.stream().filter(row -> !row.ok()).count();
    out.println(
        all
            ? "all " + rows.size() + " paths answered"
            : failed + " of " + rows.size() + " paths did not answer");
    out.println();
    out.flush();
    return all;
  }

  private static int width(int least, List<String> texts) {
    return Math.max(least, texts.stream().mapToInt(String::length).max().orElse(0)) + 2;
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException _) {
      return false;
    }
  }
}
