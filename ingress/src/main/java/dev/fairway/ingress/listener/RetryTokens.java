// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens that prove a QUIC client's address (RFC 9000 section 8.1.2): the time, a code over time,
 * address and connection id, and that id. Asked for only when we have much to do, because they cost
 * the client a round trip. Thread-safe.
 */
final class RetryTokens implements QuicTokenHandler {
  private static final int TIME_BYTES = 8;
  private static final int CODE_BYTES = 16;
  private static final int MAX_CONNECTION_ID = 20;
  private static final long VALID_MILLIS = 30_000;
  private static final String ALGORITHM = "HmacSHA256";

  private final BooleanSupplier wanted;
  private final InstantSource clock;
  private final SecretKeySpec key;

  RetryTokens(BooleanSupplier wanted) {
    this(wanted, InstantSource.system(), secret());
  }

  RetryTokens(BooleanSupplier wanted, InstantSource clock, byte[] secret) {
    this.wanted = wanted;
    this.clock = clock;
    key = new SecretKeySpec(secret, ALGORITHM);
  }

  private static byte[] secret() {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    return secret;
  }

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
    if (!wanted.getAsBoolean()) {
      return false;
    }
    byte[] id = new byte[connectionId.readableBytes()];
    connectionId.getBytes(connectionId.readerIndex(), id);
    long now = clock.millis();
    out.writeLong(now).writeBytes(code(now, address, id)).writeBytes(id);
    return true;
  }

  /** Where in the token the connection id begins, or -1 where the token is not (any more) ours. */
  @Override
  public int validateToken(ByteBuf token, InetSocketAddress address) {
    int idBytes = token.readableBytes() - TIME_BYTES - CODE_BYTES;
    if (idBytes < 0 || idBytes > MAX_CONNECTION_ID) {
      return -1;
    }
    int at = token.readerIndex();
    long time = token.getLong(at);
    long age = clock.millis() - time;
    byte[] code = new byte[CODE_BYTES];
    byte[] id = new byte[idBytes];
    token.getBytes(at + TIME_BYTES, code);
    token.getBytes(at + TIME_BYTES + CODE_BYTES, id);
    boolean ours = MessageDigest.isEqual(code, code(time, address, id));
    return ours && age >= 0 && age <= VALID_MILLIS ? TIME_BYTES + CODE_BYTES : -1;
  }

  @Override
  public int maxTokenLength() {
    return TIME_BYTES + CODE_BYTES + MAX_CONNECTION_ID;
  }

  private byte[] code(long time, InetSocketAddress address, byte[] id) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (int shift = 56; shift >= 0; shift -= 8) {
        mac.update((byte) (time >>> shift));
      }
      mac.update(address.getAddress().getAddress());
      mac.update((byte) (address.getPort() >>> 8));
      mac.update((byte) address.getPort());
      return Arrays.copyOf(mac.doFinal(id), CODE_BYTES);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("the Java runtime has no " + ALGORITHM, missing);
    }
  }
}
