// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Header or trailer fields in their order, kept as the bytes of the wire: reading, filtering and
 * writing a message makes no string per field. Confined to one event loop.
 */
public final class HttpFields {
  private static final int SPANS = 5;

  /** Room behind the bytes of a message for the fields that a gateway adds. */
  static final int ROOM = 448;

  private byte[] data;
  private int used;

  /** Per field: name start, name end, value start, value end, {@link Field} ordinal. */
  private int[] spans;

  private int count;

  public HttpFields() {
    this(new byte[256], 0);
  }

  /** Fields whose spans lie in the given bytes. */
  HttpFields(byte[] data, int used) {
    this.data = data;
    this.used = used;
    spans = new int[16 * SPANS];
  }

  /** The same fields, to be changed on their own. */
  public HttpFields copy() {
    HttpFields copy = new HttpFields(Arrays.copyOf(data, used), used);
    copy.spans = spans.clone();
    copy.count = count;
    return copy;
  }

  /** How many fields there are. */
  public int size() {
    return count;
  }

  public Field field(int i) {
    return Field.ofOrdinal(spans[i * SPANS + 4]);
  }

  public String name(int i) {
    return text(spans[i * SPANS], spans[i * SPANS + 1]);
  }

  public String value(int i) {
    return text(spans[i * SPANS + 2], spans[i * SPANS + 3]);
  }

  /** Whether the name of field i is the given lower-case name. */
  public boolean hasName(int i, String lowerName) {
    int from = spans[i * SPANS];
    int length = spans[i * SPANS + 1] - from;
    if (length != lowerName.length()) {
      return false;
    }
    for (int k = 0; k < length; k++) {
      if (Octets.lowerCase(data[from + k]) != lowerName.charAt(k)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a text is a token (RFC 9110 section 5.6.2). */
  public static boolean isToken(String text) {
    return Octets.isToken(text);
  }

  /** Whether the name of field i contains an octet. */
  public boolean nameHas(int i, char octet) {
    for (int at = spans[i * SPANS]; at < spans[i * SPANS + 1]; at++) {
      if (data[at] == octet) {
        return true;
      }
    }
    return false;
  }

  /** The first value of a field, or null. */
  public @Nullable String get(Field field) {
    int i = indexOf(field);
    return i < 0 ? null : value(i);
  }

  /** The first value of a field by name, or null. */
  public @Nullable String get(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (int i = 0; i < count; i++) {
      if (hasName(i, lower)) {
        return value(i);
      }
    }
    return null;
  }

  /** All values of a field by its lower-case name, joined by commas (RFC 9110 5.3), or null. */
  public @Nullable String combined(String lowerName) {
    String all = null;
    for (int i = 0; i < count; i++) {
      if (hasName(i, lowerName)) {
        all = all == null ? value(i) : all + "," + value(i);
      }
    }
    return all;
  }

  /** How often a field occurs. */
  public int count(Field field) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      if (spans[i * SPANS + 4] == field.ordinal()) {
        found++;
      }
    }
    return found;
  }

  /** Whether one of the comma-separated elements of a field is the token, in any case. */
  public boolean hasToken(Field field, String token) {
    for (int i = 0; i < count; i++) {
      if (spans[i * SPANS + 4] == field.ordinal()) {
        for (String element : value(i).split(",")) {
          if (element.strip().equalsIgnoreCase(token)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  public void add(Field field, String value) {
    add(field.wireName(), value, field);
  }

  /** Adds a field; name and value must be valid. */
  public void add(String name, String value) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    add(name, value, Field.of(bytes, 0, bytes.length));
  }

  /**
   * Adds a field as HTTP/2 and HTTP/3 write it.
   *
   * @return false, having added nothing, where the name is not a lower-case token, or the value
   *     holds a control character or begins or ends with a blank (RFC 9113 section 8.2.1)
   */
  public boolean addLower(CharSequence name, CharSequence value) {
    int nameLength = name.length();
    int valueLength = value.length();
    int needed = used + nameLength + valueLength;
    if (needed > data.length) {
      data = Arrays.copyOf(data, Math.max(needed, data.length * 2));
    }
    if (!copyLowerToken(name, used) || !copyValue(value, used + nameLength)) {
      return false;
    }
    int valueStart = used + nameLength;
    addSpan(used, valueStart, valueStart, needed, Field.of(data, used, nameLength));
    used = needed;
    return true;
  }

  private boolean copyLowerToken(CharSequence name, int at) {
    int length = name.length();
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      if (c > 127 || !Octets.isToken((byte) c) || (c >= 'A' && c <= 'Z')) {
        return false;
      }
      data[at + i] = (byte) c;
    }
    return length > 0;
  }

  private boolean copyValue(CharSequence value, int at) {
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c > 255 || !Octets.isFieldValue((byte) c)) {
        return false;
      }
      data[at + i] = (byte) c;
    }
    return length == 0 || (!isBlank(value.charAt(0)) && !isBlank(value.charAt(length - 1)));
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  /** The name of field i in lower case, a copy of its own. */
  public AsciiString lowerName(int i) {
    Field field = field(i);
    if (field != Field.OTHER) {
      return field.lowerName();
    }
    int from = spans[i * SPANS];
    byte[] name = Arrays.copyOfRange(data, from, spans[i * SPANS + 1]);
    for (int k = 0; k < name.length; k++) {
      name[k] = Octets.lowerCase(name[k]);
    }
    return new AsciiString(name, false);
  }

  /** The value of field i, a copy of its own. */
  public AsciiString octets(int i) {
    return new AsciiString(
        Arrays.copyOfRange(data, spans[i * SPANS + 2], spans[i * SPANS + 3]), false);
  }

  /** The number in the Content-Length field; -1 without one, -2 for several or a malformed one. */
  public long contentLength() {
    return switch (count(Field.CONTENT_LENGTH)) {
      case 0 -> -1;
      case 1 -> ContentLength.parse(value(indexOf(Field.CONTENT_LENGTH)));
      default -> ContentLength.INVALID;
    };
  }

  /** Replaces every occurrence of a field by one value. */
  public void set(Field field, String value) {
    remove(field);
    add(field, value);
  }

  public void remove(Field field) {
    for (int i = count - 1; i >= 0; i--) {
      if (spans[i * SPANS + 4] == field.ordinal()) {
        remove(i);
      }
    }
  }

  /** Removes every field with a lower-case name. */
  public void removeNamed(String lowerName) {
    for (int i = count - 1; i >= 0; i--) {
      if (hasName(i, lowerName)) {
        remove(i);
      }
    }
  }

  /** Removes the field at an index; the fields behind move up. */
  public void remove(int i) {
    System.arraycopy(spans, (i + 1) * SPANS, spans, i * SPANS, (count - i - 1) * SPANS);
    count--;
  }

  /** Writes the field lines, each with its CRLF. */
  public void writeTo(ByteBuf out) {
    for (int i = 0; i < count; i++) {
      int at = i * SPANS;
      out.writeBytes(data, spans[at], spans[at + 1] - spans[at]);
      out.writeShort((':' << 8) | ' ');
      out.writeBytes(data, spans[at + 2], spans[at + 3] - spans[at + 2]);
      out.writeShort(('\r' << 8) | '\n');
    }
  }

  /** An upper bound of what {@link #writeTo} writes. */
  public int wireLength() {
    return used + 4 * count;
  }

  void addSpan(int nameStart, int nameEnd, int valueStart, int valueEnd, Field field) {
    if ((count + 1) * SPANS > spans.length) {
      spans = Arrays.copyOf(spans, spans.length * 2);
    }
    int at = count * SPANS;
    spans[at] = nameStart;
    spans[at + 1] = nameEnd;
    spans[at + 2] = valueStart;
    spans[at + 3] = valueEnd;
    spans[at + 4] = field.ordinal();
    count++;
  }

  private int indexOf(Field field) {
    for (int i = 0; i < count; i++) {
      if (spans[i * SPANS + 4] == field.ordinal()) {
        return i;
      }
    }
    return -1;
  }

  private void add(String name, String value, Field field) {
    int needed = used + name.length() + value.length();
    if (needed > data.length) {
      data = Arrays.copyOf(data, Math.max(needed, data.length * 2));
    }
    int nameStart = used;
    used = append(name, used);
    int valueStart = used;
    used = append(value, used);
    addSpan(nameStart, valueStart, valueStart, used, field);
  }

  private int append(String text, int at) {
    for (int i = 0; i < text.length(); i++) {
      data[at + i] = (byte) text.charAt(i);
    }
    return at + text.length();
  }

  private String text(int from, int to) {
    return new String(data, from, to - from, StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < count; i++) {
      out.append(name(i)).append(": ").append(value(i)).append('\n');
    }
    return out.toString();
  }
}
