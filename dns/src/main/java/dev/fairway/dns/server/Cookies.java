// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.ResponseWriter;
import java.time.InstantSource;

/** Checks and makes the interoperable server cookies of RFC 9018. Thread-safe. */
final class Cookies {
  /** What a query tells about its sender's address. */
  enum Proof {
    /** There is no cookie. */
    NONE,
    /** There is only a client cookie, or the server cookie is not ours or too old. */
    MISSING,
    /** The sender has had a response at its address before. */
    GIVEN
  }

  private static final int VERSION = 1;
  private static final int OPTION_SIZE = 24;
  private static final int MAX_AGE_SECONDS = 3600;
  private static final int MAX_AHEAD_SECONDS = 300;

  private final CookieSecret[] secrets;
  private final boolean required;
  private final InstantSource clock;

  Cookies(CookieOptions options, InstantSource clock) {
    this.secrets =
        options.enabled() ? options.secrets().toArray(CookieSecret[]::new) : new CookieSecret[0];
    this.required = options.required() && secrets.length > 0;
    this.clock = clock;
  }

  /** Whether UDP clients must give a proof. */
  boolean isRequired() {
    return required;
  }

  /** Checks the cookie of a query. */
  Proof check(Query query, Client client) {
    if (secrets.length == 0 || !query.hasCookie()) {
      return Proof.NONE;
    }
    if (query.cookieSize() != OPTION_SIZE) {
      return Proof.MISSING;
    }
    long versionAndTime = query.cookieWord(1);
    int age = (int) clock.instant().getEpochSecond() - (int) versionAndTime;
    // Reserved bits are taken as they are: they are part of what was hashed.
    if (versionAndTime >>> 56 != VERSION || age > MAX_AGE_SECONDS || age < -MAX_AHEAD_SECONDS) {
      return Proof.MISSING;
    }
    long hash = query.cookieWord(2);
    for (CookieSecret secret : secrets) {
      if (secret.hash(query.cookieWord(0), versionAndTime, client) == hash) {
        return Proof.GIVEN;
      }
    }
    return Proof.MISSING;
  }

  /** Puts a fresh cookie into a response, if the query has one; after {@code begin}. */
  void attach(Query query, Client client, ResponseWriter out) {
    if (secrets.length == 0 || !query.hasCookie()) {
      return;
    }
    long now = clock.instant().getEpochSecond() & 0xffff_ffffL;
    long versionAndTime = (long) VERSION << 56 | now;
    long clientCookie = query.cookieWord(0);
    out.cookie(clientCookie, versionAndTime, secrets[0].hash(clientCookie, versionAndTime, client));
  }
}
