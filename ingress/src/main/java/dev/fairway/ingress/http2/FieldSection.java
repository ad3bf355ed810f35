// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.HttpLimits;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.http1.ResponseHead.Framing;
import java.util.Base64;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A header section of HTTP/2 or HTTP/3 while it is decoded, field by field. Whatever RFC 9113
 * section 8 calls malformed is found here, whatever the decoder before has let pass, so that what
 * comes out can be written as HTTP/1.1. Confined to one event loop.
 */
public final class FieldSection {
  /** What a section of a client is. */
  public sealed interface Request {
    /**
     * A request.
     *
     * @param head as HTTP/1.1 would have it; an extended CONNECT (RFC 8441) is an Upgrade there
     * @param extendedConnect whether the answer to it is a tunnel on its stream
     */
    record Valid(RequestHead head, boolean extendedConnect) implements Request {}

    /** A request that is understood and not served. */
    record Refused(int status, String text, String method) implements Request {}

    /** The stream must be reset. */
    record Malformed(String problem) implements Request {}
  }

  private static final int METHOD = 1;
  private static final int SCHEME = 2;
  private static final int PATH = 4;
  private static final int AUTHORITY = 8;
  private static final int PROTOCOL = 16;
  private static final int STATUS = 32;
  private static final int MAX_METHOD = 32;

  private final HttpFields fields = new HttpFields();
  private int seen;
  private String method = "";
  private String scheme = "";
  private String path = "";
  private String authority = "";
  private String protocol = "";
  private String status = "";
  private boolean regular;
  private int count;
  private String problem = "";

  /** Takes the next field. */
  public void take(CharSequence name, CharSequence value) {
    count++;
    if (!problem.isEmpty()) {
      return;
    }
    if (name.length() > 0 && name.charAt(0) == ':') {
      takePseudo(name.toString(), value.toString());
      return;
    }
    regular = true;
    int before = fields.size();
    if (!fields.addLower(name, value)) {
      problem = "malformed header field";
      return;
    }
    switch (fields.field(before)) {
      case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING, UPGRADE ->
          problem = "header field of a connection";
      case TE -> {
        if (!"trailers".contentEquals(value)) {
          problem = "TE other than trailers";
        }
      }
      default -> {}
    }
  }

  /** How many fields were taken. */
  public int count() {
    return count;
  }

  /** The status of a response, "" where there is none. */
  public String status() {
    return status;
  }

  /**
   * The section as the head of a request.
   *
   * @param ended whether nothing follows
   * @param nonces for the key of a WebSocket handshake
   */
  public Request request(boolean ended, HttpLimits limits, RandomGenerator nonces) {
    if (problem.isEmpty()) {
      problem = requestProblem();
    }
    if (!problem.isEmpty()) {
      return new Request.Malformed(problem);
    }
    if (path.length() > limits.startLineBytes()) {
      return new Request.Refused(414, "request target is too long", method);
    }
    if (count > limits.headerFields()) {
      return new Request.Refused(431, "too many header fields", method);
    }
    boolean connect = method.equals("CONNECT");
    if (connect && protocol.isEmpty()) {
      return new Request.Refused(405, "CONNECT and TRACE are not served", method);
    }
    if (connect && !protocol.equals("websocket")) {
      return new Request.Refused(501, "unknown protocol to connect to", method);
    }
    long length = fields.contentLength();
    if (length == -2 || (ended && length > 0)) {
      return new Request.Malformed("malformed Content-Length");
    }
    dropUnderscores();
    joinCookies();
    fields.set(Field.HOST, authority.isEmpty() ? hostField() : authority);
    if (connect) {
      return new Request.Valid(upgrade(nonces), true);
    }
    if (length < 0 && !ended) {
      fields.add(Field.TRANSFER_ENCODING, "chunked");
    } else {
      length = Math.max(length, 0);
    }
    return new Request.Valid(new RequestHead(method, path, 1, fields, length), false);
  }

  /** The section as trailers, or null where it is malformed. */
  public @Nullable HttpFields trailers() {
    return problem.isEmpty() && seen == 0 ? fields : null;
  }

  /**
   * The section as the head of a response, or null where it is malformed.
   *
   * @param ended whether no body follows
   * @param toHead whether it answers a HEAD request
   */
  public @Nullable ResponseHead response(boolean ended, boolean toHead) {
    int code = statusCode();
    long length = fields.contentLength();
    if (!problem.isEmpty() || seen != STATUS || code < 0 || length == -2) {
      return null;
    }
    boolean bodiless = ended || toHead || code < 200 || code == 204 || code == 304;
    if (ended && length > 0 && !toHead && code != 304) {
      return null;
    }
    if (bodiless) {
      return new ResponseHead(code, "", 1, fields, Framing.NONE, 0);
    }
    Framing framing = length >= 0 ? Framing.LENGTH : Framing.CHUNKED;
    return new ResponseHead(code, "", 1, fields, framing, Math.max(length, 0));
  }

  private int statusCode() {
    if (status.length() != 3) {
      return -1;
    }
    int code = 0;
    for (int i = 0; i < 3; i++) {
      char c = status.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      code = code * 10 + (c - '0');
    }
    return code < 100 || code == 101 ? -1 : code;
  }

  private void takePseudo(String name, String value) {
    int bit =
        switch (name) {
          case ":method" -> METHOD;
          case ":scheme" -> SCHEME;
          case ":path" -> PATH;
          case ":authority" -> AUTHORITY;
          case ":protocol" -> PROTOCOL;
          case ":status" -> STATUS;
          default -> 0;
        };
    if (bit == 0 || (seen & bit) != 0 || regular || !isVisible(value)) {
      problem = "malformed pseudo header field";
      return;
    }
    seen |= bit;
    switch (bit) {
      case METHOD -> method = value;
      case SCHEME -> scheme = value;
      case PATH -> path = value;
      case AUTHORITY -> authority = value;
      case PROTOCOL -> protocol = value;
      default -> status = value;
    }
  }

  private static boolean isVisible(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) <= ' ' || value.charAt(i) >= 127) {
        return false;
      }
    }
    return true;
  }

  private String requestProblem() {
    if ((seen & STATUS) != 0 || !HttpFields.isToken(method) || method.length() > MAX_METHOD) {
      return "malformed method";
    }
    boolean connect = method.equals("CONNECT");
    if (connect && (seen & PROTOCOL) == 0) {
      return seen == (METHOD | AUTHORITY) && !authority.isEmpty() ? "" : "malformed CONNECT";
    }
    if (!connect && (seen & PROTOCOL) != 0) {
      return ":protocol without CONNECT";
    }
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return "malformed scheme";
    }
    boolean asterisk = path.equals("*") && method.equals("OPTIONS");
    if (!path.startsWith("/") && !asterisk) {
      return "malformed path";
    }
    return hostProblem();
  }

  /** Exactly one authority, however it is said. */
  private String hostProblem() {
    int hosts = fields.count(Field.HOST);
    if (hosts > 1 || (authority.isEmpty() && hostField().isEmpty())) {
      return "exactly one authority is needed";
    }
    if (hosts == 1 && !authority.isEmpty() && !hostField().equalsIgnoreCase(authority)) {
      return "host differs from :authority";
    }
    return "";
  }

  private String hostField() {
    String host = fields.get(Field.HOST);
    return host == null ? "" : host;
  }

  /** Some backends cannot tell an underscore from a hyphen. */
  private void dropUnderscores() {
    for (int i = fields.size() - 1; i >= 0; i--) {
      if (fields.field(i) == Field.OTHER && fields.nameHas(i, '_')) {
        fields.remove(i);
      }
    }
  }

  /** Crumbs of cookies become one field (RFC 9113 section 8.2.3). */
  private void joinCookies() {
    if (fields.count(Field.COOKIE) < 2) {
      return;
    }
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.field(i) == Field.COOKIE) {
        all.append(all.isEmpty() ? "" : "; ").append(fields.value(i));
      }
    }
    fields.set(Field.COOKIE, all.toString());
  }

  private RequestHead upgrade(RandomGenerator nonces) {
    byte[] nonce = new byte[16];
    nonces.nextBytes(nonce);
    fields.removeNamed("sec-websocket-key");
    fields.remove(Field.CONTENT_LENGTH);
    fields.add(Field.UPGRADE, "websocket");
    fields.add(Field.CONNECTION, "Upgrade");
    fields.add("Sec-WebSocket-Key", Base64.getEncoder().encodeToString(nonce));
    return new RequestHead("GET", path, 1, fields, 0);
  }
}
