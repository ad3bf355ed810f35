// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy;

import dev.fairway.service.EndpointSet;
import dev.fairway.service.IpAddress;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Which endpoint each client of one service port used last. All addresses of the port share it, so
 * a client meets the same endpoint on each of them. Thread-safe, bounded: the table sheds expired
 * records, then arbitrary ones.
 */
public final class AffinityTable {
  private final ConcurrentHashMap<IpAddress, Record> records = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;
  private final int maxRecords;

  /** An empty table. */
  public AffinityTable(LongSupplier nanoClock, int maxRecords) {
    this.nanoClock = nanoClock;
    this.maxRecords = maxRecords;
  }

  /**
   * The index of the client's endpoint, and the client's time starts anew; -1 if it has none among
   * the candidates. A record whose endpoint other traffic of the client may use is left alone.
   *
   * @param timeoutNanos the record holds while less than this has passed since the last use
   */
  public int find(IpAddress client, EndpointSet candidates, long timeoutNanos) {
    Record record = records.get(client);
    if (record == null) {
      return -1;
    }
    long now = nanoClock.getAsLong();
    if (now - record.lastUse >= timeoutNanos) {
      records.remove(client, record);
      return -1;
    }
    int index = candidates.indexOf(record.address, record.port, record.hint);
    if (index >= 0) {
      record.hint = index;
      record.lastUse = now;
    }
    return index;
  }

  /** Sticks the client to an endpoint. */
  public void record(IpAddress client, IpAddress address, int port, long timeoutNanos) {
    long now = nanoClock.getAsLong();
    if (records.size() >= maxRecords && !records.containsKey(client)) {
      shed(now, timeoutNanos);
    }
    records.put(client, new Record(address, port, now));
  }

  /** Forgets a client if it still sticks to that endpoint. */
  public void forget(IpAddress client, IpAddress address, int port) {
    Record record = records.get(client);
    if (record != null && record.port == port && record.address.equals(address)) {
      records.remove(client, record);
    }
  }

  private void shed(long now, long timeoutNanos) {
    records.values().removeIf(record -> now - record.lastUse >= timeoutNanos);
    int surplus = records.size() < maxRecords ? 0 : Math.max(1, maxRecords / 16);
    Iterator<IpAddress> clients = records.keySet().iterator();
    while (surplus > 0 && clients.hasNext()) {
      clients.next();
      clients.remove();
      surplus--;
    }
  }

  /** Forgets the records of one family whose endpoint is not among the reachable ones. */
  public void retain(EndpointSet reachable, boolean v4) {
    Set<Endpoint> endpoints = HashSet.newHashSet(reachable.size());
    for (int i = 0; i < reachable.size(); i++) {
      endpoints.add(new Endpoint(reachable.address(i), reachable.port(i)));
    }
    records
        .values()
        .removeIf(record ->
            record.address.isV4() == v4
                && !endpoints.contains(new Endpoint(record.address, record.port)));
  }

  /** Forgets everything. */
  public void clear() {
    records.clear();
  }

  /** How many clients are remembered. */
  public int size() {
    return records.size();
  }

  private record Endpoint(IpAddress address, int port) {}

  private static final class Record {
    final IpAddress address;
    final int port;
    volatile long lastUse;

    /** Where the endpoint was among the candidates the last time; they may be others now. */
    int hint = -1;

    Record(IpAddress address, int port, long lastUse) {
      this.address = address;
      this.port = port;
      this.lastUse = lastUse;
    }
  }

  @Override
  public String toString() {
    return "affinity of " + records.size() + " clients";
  }
}
