// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.x509;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** The little of ASN.1's distinguished encoding rules that PEM keys in their older forms need. */
final class Der {
  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int SEQUENCE = 0x30;

  private Der() {}

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  static byte[] sequence(byte[]... parts) {
    return der(SEQUENCE, parts);
  }

  /** A value of at most 65 535 bytes with its tag and length. */
  static byte[] der(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else if (length < 0x10000) {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    } else {
      throw new IllegalArgumentException("length: " + length + " (expected: < 65536)");
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** Where the contents of the value at an offset start. */
  static int contentStart(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  /** The length of the contents of the value at an offset. */
  static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < Math.min(first & 0x7f, 3); i++) {
      length = (length << 8) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }
}
