// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Request bodies in Kubernetes' protobuf encoding as the trees that the same objects in JSON give.
 * kubectl's create commands and many Go clients send them whatever the server offers; answers are
 * JSON, which all of them accept.
 *
 * <p>Go writes fields without a pointer even when they are empty, and its JSON leaves those out. So
 * empty strings and objects, zeros and false are left out here too, except in the fields where Go
 * has a pointer and the empty value means something.
 */
final class Protobuf {
  static final String CONTENT_TYPE = "application/vnd.kubernetes.protobuf";

  private static final byte[] MAGIC = {'k', '8', 's', 0};
  private static final int MAX_DEPTH = 64;

  /** Fields that are pointers in Go: zero and false are kept. */
  private static final Set<String> POINTERS =
      Set.of(
          "replicas",
          "gracePeriodSeconds",
          "terminationGracePeriodSeconds",
          "revisionHistoryLimit",
          "progressDeadlineSeconds",
          "tolerationSeconds",
          "runAsUser",
          "runAsGroup",
          "fsGroup",
          "activeDeadlineSeconds",
          "priority",
          "defaultMode",
          "mode",
          "leaseTransitions",
          "orphanDependents",
          "automountServiceAccountToken",
          "enableServiceLinks",
          "allocateLoadBalancerNodePorts",
          "optional",
          "immutable",
          "controller",
          "blockOwnerDeletion",
          "ready",
          "serving",
          "terminating",
          "started",
          "allowPrivilegeEscalation",
          "runAsNonRoot",
          "readOnlyRootFilesystem",
          "privileged");

  private final byte[] bytes;
  private int at;
  private int end;
  private int depth;

  private Protobuf(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** A field of a message. */
  private record Field(String name, String type) {}

  /** Read when the first protobuf body comes. */
  private static final class Messages {
    static final Map<String, Map<Integer, Field>> BY_NAME = read();

    private static Map<String, Map<Integer, Field>> read() {
      Map<String, Map<Integer, Field>> messages = new HashMap<>();
      try (InputStream in = Protobuf.class.getResourceAsStream("protobuf.txt")) {
        if (in == null) {
          throw new IllegalStateException("missing from the class path: protobuf.txt");
        }
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (!line.startsWith("#")) {
            String[] words = line.split(" ");
            Map<Integer, Field> fields = new HashMap<>();
            for (int i = 1; i < words.length; i++) {
              int equals = words[i].indexOf('=');
              int colon = words[i].indexOf(':');
              fields.put(
                  Integer.valueOf(words[i].substring(equals + 1, colon)),
                  new Field(words[i].substring(0, equals), words[i].substring(colon + 1)));
            }
            messages.put(words[0], fields);
          }
        }
        return messages;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Decodes a body.
   *
   * @throws StatusException 400 if it is malformed, 415 if its kind is not known
   */
  static ObjectNode decode(byte[] body) throws StatusException {
    if (body.length < MAGIC.length || !startsWithMagic(body)) {
      throw malformed("provided data does not appear to be a protobuf message");
    }
    Protobuf envelope = new Protobuf(body, MAGIC.length, body.length);
    try {
      return envelope.unknown();
    } catch (IndexOutOfBoundsException | ArithmeticException _) {
      throw malformed("unexpected EOF");
    }
  }

  private static boolean startsWithMagic(byte[] body) {
    for (int i = 0; i < MAGIC.length; i++) {
      if (body[i] != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  /** runtime.Unknown: 1 typeMeta {1 apiVersion, 2 kind}, 2 raw. */
  private ObjectNode unknown() throws StatusException {
    String apiVersion = "";
    String kind = "";
    Protobuf raw = new Protobuf(bytes, 0, 0);
    while (at < end) {
      int tag = (int) varint();
      if (tag >>> 3 == 1 && (tag & 7) == 2) {
        Protobuf type = slice();
        while (type.at < type.end) {
          int inner = (int) type.varint();
          if ((inner & 7) != 2) {
            type.skip(inner & 7);
          } else if (inner >>> 3 == 1) {
            apiVersion = type.slice().text();
          } else if (inner >>> 3 == 2) {
            kind = type.slice().text();
          } else {
            type.slice();
          }
        }
      } else if (tag >>> 3 == 2 && (tag & 7) == 2) {
        raw = slice();
      } else {
        skip(tag & 7);
      }
    }
    ObjectNode tree = Json.object().put("kind", kind).put("apiVersion", apiVersion);
    raw.message(name(apiVersion, kind), tree);
    return tree;
  }

  private static String name(String apiVersion, String kind) throws StatusException {
    String group = kind.equals("DeleteOptions") ? "meta" : "core";
    int slash = apiVersion.indexOf('/');
    if (slash > 0 && !kind.equals("DeleteOptions")) {
      String full = apiVersion.substring(0, slash);
      int dot = full.indexOf('.');
      group = dot < 0 ? full : full.substring(0, dot);
    }
    String name = group + "." + kind;
    if (!apiVersion.endsWith("v1") || !Messages.BY_NAME.containsKey(name)) {
      throw new StatusException(
          415,
          "UnsupportedMediaType",
          "no protobuf encoding is known for " + kind + " in " + apiVersion + ", use JSON",
          null);
    }
    return name;
  }

  private void message(String name, ObjectNode into) throws StatusException {
    if (++depth > MAX_DEPTH) {
      throw malformed("nested too deeply");
    }
    Map<Integer, Field> fields = Messages.BY_NAME.get(name);
    while (at < end) {
      int tag = (int) varint();
      Field field = fields == null ? null : fields.get(tag >>> 3);
      if (field == null) {
        skip(tag & 7);
      } else {
        field(field, tag & 7, into);
      }
    }
    depth--;
  }

  private void field(Field field, int wire, ObjectNode into) throws StatusException {
    String type = field.type();
    switch (type.charAt(0)) {
      case '*' -> {
        Object value = value(type.substring(1), wire);
        if (value != null) {
          add(into.withArray(field.name()), value);
        }
      }
      case '{' -> entry(field, into);
      case '^' -> {
        Protobuf inner = slice();
        inner.depth = depth;
        inner.message(type.substring(2), into);
      }
      default -> {
        Object value = value(type, wire);
        boolean kept = POINTERS.contains(field.name());
        if (value instanceof String text) {
          if (!text.isEmpty()) {
            into.put(field.name(), text);
          }
        } else if (value instanceof Long number) {
          if (number != 0 || kept) {
            into.put(field.name(), number);
          }
        } else if (value instanceof Boolean flag) {
          if (flag || kept) {
            into.put(field.name(), flag);
          }
        } else if (value instanceof ObjectNode object) {
          into.set(field.name(), object);
        }
      }
    }
  }

  private void entry(Field field, ObjectNode into) throws StatusException {
    Protobuf entry = slice();
    String key = "";
    Object value = "";
    String type = field.type().substring(1);
    while (entry.at < entry.end) {
      int tag = (int) entry.varint();
      if (tag >>> 3 == 1) {
        key = entry.slice().text();
      } else if (tag >>> 3 == 2) {
        entry.depth = depth;
        Object read = entry.value(type, tag & 7);
        value = read == null ? "" : read;
      } else {
        entry.skip(tag & 7);
      }
    }
    ObjectNode map = Json.child(into, field.name());
    if (value instanceof ObjectNode object) {
      map.set(key, object);
    } else {
      map.put(key, value.toString());
    }
  }

  private static void add(ArrayNode array, Object value) {
    switch (value) {
      case ObjectNode object -> array.add(object);
      case Long number -> array.add(number);
      case Boolean flag -> array.add(flag);
      default -> array.add(value.toString());
    }
  }

  /** A String, Long, Boolean or ObjectNode; null for a time that is not set. */
  private @Nullable Object value(String type, int wire) throws StatusException {
    if (wire == 0) {
      long number = varint();
      return type.equals("b") ? Boolean.valueOf(number != 0) : Long.valueOf(number);
    }
    if (wire != 2) {
      skip(wire);
      return null;
    }
    Protobuf slice = slice();
    return switch (type) {
      case "s" -> slice.text();
      case "y" ->
          java.util.Base64.getEncoder()
              .encodeToString(java.util.Arrays.copyOfRange(bytes, slice.at, slice.end));
      case "@meta.Time", "@meta.MicroTime" -> slice.time(type.equals("@meta.MicroTime"));
      case "@meta.Quantity" -> slice.quantity();
      case "@meta.IntOrString" -> slice.intOrString();
      default -> {
        if (type.charAt(0) != '@') {
          throw malformed("wrong wire type");
        }
        ObjectNode object = Json.object();
        slice.depth = depth;
        slice.message(type.substring(1), object);
        yield object;
      }
    };
  }

  private @Nullable String time(boolean micro) throws StatusException {
    long seconds = 0;
    long nanos = 0;
    while (at < end) {
      int tag = (int) varint();
      if (tag >>> 3 == 1 && (tag & 7) == 0) {
        seconds = varint();
      } else if (tag >>> 3 == 2 && (tag & 7) == 0) {
        nanos = varint();
      } else {
        skip(tag & 7);
      }
    }
    if (seconds <= 0) {
      return null;
    }
    if (!micro) {
      return Instant.ofEpochSecond(seconds).toString();
    }
    String whole = Instant.ofEpochSecond(seconds).toString();
    return whole.substring(0, whole.length() - 1) + ".%06dZ".formatted(nanos / 1_000);
  }

  private String quantity() throws StatusException {
    String text = "0";
    while (at < end) {
      int tag = (int) varint();
      if (tag >>> 3 == 1 && (tag & 7) == 2) {
        text = slice().text();
      } else {
        skip(tag & 7);
      }
    }
    return text;
  }

  private Object intOrString() throws StatusException {
    boolean isText = false;
    long number = 0;
    String text = "";
    while (at < end) {
      int tag = (int) varint();
      switch (tag) {
        case 1 << 3 -> isText = varint() == 1;
        case 2 << 3 -> number = varint();
        case (3 << 3) | 2 -> text = slice().text();
        default -> skip(tag & 7);
      }
    }
    return isText ? text : Long.valueOf(number);
  }

  private String text() {
    return new String(bytes, at, end - at, StandardCharsets.UTF_8);
  }

  private Protobuf slice() throws StatusException {
    long length = varint();
    if (length < 0 || length > end - at) {
      throw malformed("unexpected EOF");
    }
    Protobuf slice = new Protobuf(bytes, at, at + (int) length);
    at += (int) length;
    return slice;
  }

  private long varint() throws StatusException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at >= end) {
        throw malformed("unexpected EOF");
      }
      byte b = bytes[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw malformed("varint is too long");
  }

  private void skip(int wire) throws StatusException {
    switch (wire) {
      case 0 -> varint();
      case 1 -> at = Math.addExact(at, 8);
      case 2 -> slice();
      case 5 -> at = Math.addExact(at, 4);
      default -> throw malformed("unknown wire type " + wire);
    }
  }

  private static StatusException malformed(String why) {
    return StatusException.badRequest("error decoding protobuf request body: " + why);
  }
}
