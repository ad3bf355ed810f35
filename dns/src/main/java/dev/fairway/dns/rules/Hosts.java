// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.ResponseWriter;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers from a hosts file and from lines of the configuration. Whoever asks looks, now and then,
 * whether the file has changed, and reads it on a thread of its own. Thread-safe.
 */
public final class Hosts {
  /** {@link #answer} leaves the question to others. */
  public static final int NOT_HERE = -1;

  private static final System.Logger LOG = System.getLogger(Hosts.class.getName());
  private static final long MAX_SIZE = 32 << 20;

  /**
   * What is answered.
   *
   * @param file read now and then; a missing one is empty
   * @param inline lines of the configuration
   * @param zones of the names this is about
   * @param ttl seconds
   * @param reverse whether addresses lead to names too
   * @param reload how often the file is looked at, zero for never
   * @param fallthrough zones whose unknown names are left to others
   * @param fallthroughTypes whether other types of known names are left to others too
   */
  public record Options(
      Path file,
      String inline,
      List<WireName> zones,
      int ttl,
      boolean reverse,
      Duration reload,
      List<WireName> fallthrough,
      boolean fallthroughTypes) {
    public Options {
      zones = List.copyOf(zones);
      fallthrough = List.copyOf(fallthrough);
    }
  }

  private final Options options;
  private final LongSupplier nanoTime;
  private final AtomicBoolean reading = new AtomicBoolean();
  private volatile HostsTable table = HostsTable.EMPTY;
  private volatile long lookAt;
  private volatile @Nullable FileTime lastModified;
  private volatile long lastSize = -1;

  /** Reads the file for the first time. */
  public Hosts(Options options, LongSupplier nanoTime) {
    this.options = options;
    this.nanoTime = nanoTime;
    this.lookAt = nanoTime.getAsLong() + options.reload().toNanos();
    read();
  }

  /** How many names there are. */
  public int entries() {
    return table.entries();
  }

  /** Writes the answer and returns its code, or {@link #NOT_HERE}. */
  public int answer(Query query, ResponseWriter out) {
    lookForChanges();
    WireName name = query.name();
    if (!isIn(name, options.zones())) {
      return NOT_HERE;
    }
    HostsTable current = table;
    String text = name.toString();
    if (query.type() == RecordType.PTR) {
      List<String> names = current.names(text);
      if (names != null) {
        for (String target : names) {
          out.answerRecord(HostsTable.ptr(name, options.ttl(), target));
        }
        return Rcode.NOERROR;
      }
    }
    List<IpAddress> addresses = current.addresses(text);
    boolean through = isIn(name, options.fallthrough());
    if (addresses == null) {
      // Without a zone there is no SOA that would let anybody remember a denial.
      return through ? NOT_HERE : Rcode.SERVFAIL;
    }
    boolean address = query.type() == RecordType.A || query.type() == RecordType.AAAA;
    if (!address) {
      return through && options.fallthroughTypes() ? NOT_HERE : Rcode.NOERROR;
    }
    for (IpAddress one : addresses) {
      ByteBuffer bytes = ByteBuffer.wrap(one.toBytes());
      if (one.isV4() && query.type() == RecordType.A) {
        out.answerA(ResponseWriter.QUESTION, options.ttl(), bytes.getInt());
      } else if (!one.isV4() && query.type() == RecordType.AAAA) {
        out.answerAaaa(ResponseWriter.QUESTION, options.ttl(), bytes.getLong(), bytes.getLong());
      }
    }
    return Rcode.NOERROR;
  }

  private static boolean isIn(WireName name, List<WireName> zones) {
    for (WireName zone : zones) {
      if (name.labelsBefore(zone) >= 0) {
        return true;
      }
    }
    return false;
  }

  private void lookForChanges() {
    if (!options.reload().isPositive() || nanoTime.getAsLong() - lookAt < 0) {
      return;
    }
    if (reading.compareAndSet(false, true)) {
      lookAt = nanoTime.getAsLong() + options.reload().toNanos();
      Thread.ofVirtual()
          .name("dns-hosts")
          .start(() -> {
            try {
              read();
            } finally {
              reading.set(false);
            }
          });
    }
  }

  /** Reads the file if it has changed. */
  void read() {
    String text = "";
    try {
      FileTime modified = Files.getLastModifiedTime(options.file());
      long size = Files.size(options.file());
      if (modified.equals(lastModified) && size == lastSize) {
        return;
      }
      if (size > MAX_SIZE) {
        throw new IOException("more than 32 MiB");
      }
      text = new String(Files.readAllBytes(options.file()), StandardCharsets.UTF_8);
      lastModified = modified;
      lastSize = size;
    } catch (NoSuchFileException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> "no hosts file " + options.file());
      lastModified = null;
      lastSize = -1;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          () -> "hosts file=" + options.file() + " not readable, the last content stays: " + e);
      return;
    }
    table = HostsTable.parse(List.of(options.inline(), text), options.reverse());
  }
}
