// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.tls;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Writes lists of revoked certificates (RFC 5280 section 5), version 2 without extensions. */
final class RevocationList {
  private static final int INTEGER = 2;
  private static final int BIT_STRING = 3;
  private static final int TIME = 23;
  private static final int SEQUENCE = 0x30;

  /** ecdsa-with-SHA256. */
  private static final byte[] ALGORITHM = {
    0x30, 0x0a, 0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x04, 0x03, 0x02
  };

  private RevocationList() {}

  static byte[] sign(
      byte[] issuer, KeyPair keys, Instant from, Instant until, X509Certificate... revoked) {
    byte[][] entries = new byte[revoked.length][];
    for (int i = 0; i < revoked.length; i++) {
      byte[] serial = value(INTEGER, revoked[i].getSerialNumber().toByteArray());
      entries[i] = value(SEQUENCE, serial, time(from));
    }
    byte[] none = new byte[0];
    byte[] list =
        value(
            SEQUENCE,
            value(INTEGER, new byte[] {1}),
            ALGORITHM,
            issuer,
            time(from),
            time(until),
            revoked.length == 0 ? none : value(SEQUENCE, entries));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate());
      signature.update(list);
      byte[] signed = value(BIT_STRING, new byte[] {0}, signature.sign());
      return value(SEQUENCE, list, ALGORITHM, signed);
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static byte[] time(Instant instant) {
    String text =
        DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC).format(instant);
    return value(TIME, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] value(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length >= 0x100) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length >= 0x80) {
      out.write(0x81);
    }
    out.write(length);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
