// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import io.netty.buffer.ByteBuf;
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
