// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The fixed labels of the zone, each with its length octet, and the coding of others. */
final class ZoneNames {
  static final byte[] SVC = label("svc");
  static final byte[] POD = label("pod");
  static final byte[] PIN = label("pin");
  static final byte[] PREFER = label("prefer");
  static final byte[] ZONE = label("_zone");
  static final byte[] NS = label("ns");
  static final byte[] DNS = label("dns");
  static final byte[] DNS_VERSION = label("dns-version");
  static final byte[] NO_LABEL = new byte[0];

  private ZoneNames() {}

  /** A label with its length octet, folded; empty when the text cannot be a label. */
  static byte[] label(String text) {
    byte[] chars = text.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    if (chars.length == 0 || chars.length > 63) {
      return new byte[0];
    }
    byte[] label = new byte[chars.length + 1];
    label[0] = (byte) chars.length;
    System.arraycopy(chars, 0, label, 1, chars.length);
    return label;
  }

  static byte[] concat(byte[] a, byte[] b) {
    byte[] both = new byte[a.length + b.length];
    System.arraycopy(a, 0, both, 0, a.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
