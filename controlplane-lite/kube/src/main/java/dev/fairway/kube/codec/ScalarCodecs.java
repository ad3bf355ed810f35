// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import dev.fairway.kube.api.IntOrString;
import dev.fairway.kube.api.PodTemplate;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Values that Kubernetes writes in a form of its own. */
final class ScalarCodecs {
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private ScalarCodecs() {}

  /**
   * An RFC 3339 time; null for "".
   *
   * @throws DateTimeException for any other text
   */
  static @Nullable Instant parseTime(String text) {
    if (text.isEmpty()) {
      return null;
    }
    return text.endsWith("Z") ? Instant.parse(text) : OffsetDateTime.parse(text).toInstant();
  }

  /** metav1.Time: whole seconds. */
  static final class TimeWriter extends ValueSerializer<Instant> {
    @Override
    public void serialize(Instant value, JsonGenerator out, SerializationContext context) {
      out.writeString(value.truncatedTo(ChronoUnit.SECONDS).toString());
    }
  }

  /** metav1.MicroTime: always six digits behind the second. */
  static final class MicroTimeWriter extends ValueSerializer<Instant> {
    @Override
    public void serialize(Instant value, JsonGenerator out, SerializationContext context) {
      out.writeString(MICROS.format(value));
    }
  }

  static final class TimeReader extends ValueDeserializer<Instant> {
    @Override
    public @Nullable Instant deserialize(JsonParser in, DeserializationContext context) {
      String text = in.getString();
      try {
        if (in.hasToken(JsonToken.VALUE_STRING)) {
          return parseTime(text);
        }
      } catch (DateTimeException notTime) {
        return (Instant)
            context.handleWeirdStringValue(Instant.class, text, "not an RFC 3339 time");
      }
      return (Instant) context.handleUnexpectedToken(Instant.class, in);
    }
  }

  /** Makes trees of records equal to trees of text, where small numbers are ints. */
  static final class LongWriter extends ValueSerializer<Long> {
    @Override
    public void serialize(Long value, JsonGenerator out, SerializationContext context) {
      if (value.intValue() == value) {
        out.writeNumber(value.intValue());
      } else {
        out.writeNumber(value.longValue());
      }
    }
  }

  static final class IntOrStringWriter extends ValueSerializer<IntOrString> {
    @Override
    public void serialize(IntOrString value, JsonGenerator out, SerializationContext context) {
      String text = value.text();
      if (text == null) {
        out.writeNumber(value.number());
      } else {
        out.writeString(text);
      }
    }
  }

  static final class IntOrStringReader extends ValueDeserializer<IntOrString> {
    @Override
    public @Nullable IntOrString deserialize(JsonParser in, DeserializationContext context) {
      return switch (in.currentToken()) {
        case VALUE_NUMBER_INT -> IntOrString.of(in.getIntValue());
        case VALUE_STRING -> IntOrString.of(in.getString());
        default -> (IntOrString) context.handleUnexpectedToken(IntOrString.class, in);
      };
    }
  }

  static final class PodTemplateWriter extends ValueSerializer<PodTemplate> {
    @Override
    public void serialize(PodTemplate value, JsonGenerator out, SerializationContext context) {
      out.writeTree(KubeCodec.json().readTree(value.json()));
    }
  }

  /** Keeps the whole tree, keys sorted, so that equal templates have equal text. */
  static final class PodTemplateReader extends ValueDeserializer<PodTemplate> {
    @Override
    public PodTemplate deserialize(JsonParser in, DeserializationContext context) {
      return new PodTemplate(sorted(context.readTree(in)).toString());
    }
  }

  private static JsonNode sorted(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        TreeMap<String, JsonNode> byName = new TreeMap<>();
        object.properties().forEach(e -> byName.put(e.getKey(), sorted(e.getValue())));
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        byName.forEach(result::set);
        yield result;
      }
      case ArrayNode array -> {
        ArrayNode result = JsonNodeFactory.instance.arrayNode(array.size());
        array.forEach(item -> result.add(sorted(item)));
        yield result;
      }
      default -> node;
    };
  }
}
