// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The pod addresses of one node, out of its IPv4 range. A freed address is given out again only
 * after all the others were, so that a late packet for a pod that is gone meets nobody.
 * Thread-safe.
 */
final class PodAddresses {
  private final long first;
  private final long size;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Long> used = new HashSet<>();
  private long cursor;

  /**
   * The addresses of a range without its first and last.
   *
   * @param cidr such as 127.64.0.0/16
   * @param start any number; where in the range the first address is taken from, so that two
   *     clusters on one machine rarely want the same ones
   */
  PodAddresses(String cidr, int start) {
    int slash = cidr.indexOf('/');
    int bits = slash < 0 ? 0 : Integer.parseInt(cidr.substring(slash + 1));
    if (bits < 8 || bits > 30) {
      throw new IllegalArgumentException(
          "pod range " + cidr + ": expected an IPv4 range, /8 to /30");
    }
    long base = number(cidr.substring(0, slash)) & -(1L << (32 - bits));
    this.first = base + 1;
    this.size = (1L << (32 - bits)) - 2;
    this.cursor = Math.floorMod((long) start << 8, 1L << (32 - bits)) % size;
  }

  /** Takes an address that a pod already has; false if it is another pod's or out of range. */
  boolean reserve(String address) {
    long number;
    try {
      number = number(address) - first;
    } catch (IllegalArgumentException _) {
      return false;
    }
    lock.lock();
    try {
      boolean free = number >= 0 && number < size && used.add(number);
      if (free && number >= cursor) {
        cursor = (number + 1) % size;
      }
      return free;
    } finally {
      lock.unlock();
    }
  }

  /** A free address, or null when all are in use. */
  @Nullable String allocate() {
    lock.lock();
    try {
      for (long tries = 0; tries < size; tries++) {
        long candidate = cursor;
        cursor = (cursor + 1) % size;
        if (used.add(candidate)) {
          return text(first + candidate);
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Gives an address back. */
  void release(String address) {
    lock.lock();
    try {
      used.remove(number(address) - first);
    } finally {
      lock.unlock();
    }
  }

  private static long number(String address) {
    String[] parts = address.split("\\.");
    if (parts.length != 4) {
      throw new IllegalArgumentException("not an IPv4 address: " + address);
    }
    long number = 0;
    for (String part : parts) {
      int value = Integer.parseInt(part);
      if (value < 0 || value > 255) {
        throw new IllegalArgumentException("not an IPv4 address: " + address);
      }
      number = number << 8 | value;
    }
    return number;
  }

  private static String text(long number) {
    return (number >> 24)
        + "."
        + (number >> 16 & 255)
        + "."
        + (number >> 8 & 255)
        + "."
        + (number & 255);
  }
}
