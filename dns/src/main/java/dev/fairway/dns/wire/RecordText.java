// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Reads records as zone files have them (RFC 1035 5). */
public final class RecordText {
  private static final int DEFAULT_TTL = 3600;

  private RecordText() {}

  /** The whole, uncompressed record of one line; null when the text is none. */
  public static byte @Nullable [] parse(String line) {
    if (line.indexOf('\n') >= 0 || line.startsWith("$")) {
      return null;
    }
    try (Master master =
        new Master(
            new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)),
            Name.root,
            DEFAULT_TTL)) {
      Record record = master.nextRecord();
      return record == null ? null : record.toWire(Section.ANSWER);
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }
}
