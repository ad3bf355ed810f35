// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.RequestTarget;
import org.jspecify.annotations.Nullable;

/** Prepares the header fields of a request for a backend. */
public final class RequestFields {
  private final RequestIds ids;

  public RequestFields(RequestIds ids) {
    this.ids = ids;
  }

  /**
   * Removes what concerns the client's connection alone, and what its Connection field names. To be
   * done before anything is added, so that no client can have our fields removed. What an untrusted
   * client says of certificates goes, too.
   */
  public static void strip(HttpFields fields, Client client) {
    HopByHop.strip(fields, client.trusted());
  }

  /**
   * Adds ours. What an untrusted client says about earlier hops is replaced; its X-Forwarded-For
   * and -Host are kept as X-Original-Forwarded-For and -Host.
   *
   * @param fields {@linkplain #strip stripped} already
   * @param upgrade the protocol to ask the backend for, or "" for none
   * @param trailersWanted whether the client takes trailers
   * @param forwardedHost the Host for the backend, or null for that of the client
   */
  public void prepare(
      HttpFields fields,
      RequestTarget target,
      Client client,
      String upgrade,
      boolean trailersWanted,
      @Nullable String forwardedHost) {
    if (!upgrade.isEmpty()) {
      fields.add(Field.UPGRADE, upgrade);
      fields.add(Field.CONNECTION, "Upgrade");
    } else if (trailersWanted) {
      fields.add(Field.TE, "trailers");
      fields.add(Field.CONNECTION, "TE");
    }
    String host = fields.get(Field.HOST);
    String wanted = forwardedHost == null ? target.authority() : forwardedHost;
    if (!wanted.equals(host)) {
      fields.set(Field.HOST, wanted);
    }
    if (client.trusted()) {
      addMissing(fields, target, client);
    } else {
      replace(fields, target, client);
    }
  }

  private void replace(HttpFields fields, RequestTarget target, Client client) {
    String original = fields.get(Field.X_FORWARDED_FOR);
    String originalHost = fields.get(Field.X_FORWARDED_HOST);
    for (int i = fields.size() - 1; i >= 0; i--) {
      switch (fields.field(i)) {
        case FORWARDED,
            X_FORWARDED_FOR,
            X_FORWARDED_PROTO,
            X_FORWARDED_HOST,
            X_FORWARDED_PORT,
            X_FORWARDED_SCHEME,
            X_SCHEME,
            X_ORIGINAL_FORWARDED_FOR,
            X_ORIGINAL_FORWARDED_HOST,
            X_REAL_IP,
            X_REQUEST_ID ->
            fields.remove(i);
        default -> {}
      }
    }
    if (original != null) {
      fields.add(Field.X_ORIGINAL_FORWARDED_FOR, original);
    }
    if (originalHost != null) {
      fields.add(Field.X_ORIGINAL_FORWARDED_HOST, originalHost);
    }
    fields.add(Field.X_FORWARDED_FOR, client.address());
    addMissing(fields, target, client);
  }

  private void addMissing(HttpFields fields, RequestTarget target, Client client) {
    String forwardedFor = fields.get(Field.X_FORWARDED_FOR);
    if (forwardedFor == null) {
      fields.add(Field.X_FORWARDED_FOR, client.address());
    } else if (client.trusted()) {
      fields.set(Field.X_FORWARDED_FOR, allOf(fields) + ", " + client.address());
    }
    addIfAbsent(fields, Field.X_FORWARDED_PROTO, client.scheme());
    addIfAbsent(fields, Field.X_FORWARDED_HOST, target.authority());
    addIfAbsent(fields, Field.X_FORWARDED_PORT, Integer.toString(client.port()));
    addIfAbsent(fields, Field.X_FORWARDED_SCHEME, client.scheme());
    addIfAbsent(fields, Field.X_REAL_IP, client.address());
    if (fields.count(Field.X_REQUEST_ID) == 0) {
      fields.add(Field.X_REQUEST_ID, ids.next());
    }
  }

  private static String allOf(HttpFields fields) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.X_FORWARDED_FOR) {
        all.append(all.isEmpty() ? "" : ", ").append(fields.value(i));
      }
    }
    return all.toString();
  }

  private static void addIfAbsent(HttpFields fields, Field field, String value) {
    if (fields.count(field) == 0) {
      fields.add(field, value);
    }
  }
}
