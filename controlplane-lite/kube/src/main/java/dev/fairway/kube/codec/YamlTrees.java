// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns YAML events into JSON trees by the rules that kubectl's YAML reader has: {@code yes} and
 * {@code on} are text, {@code 0644} is octal, aliases and merge keys are expanded. The number of
 * values is bounded over all documents of a text, so aliases cannot blow it up, and so is nesting.
 */
final class YamlTrees {
  private static final int MAX_VALUES = 2_000_000;
  private static final int MAX_DEPTH = 200;
  private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]{0,40})");
  private static final Pattern RADIX =
      Pattern.compile("([-+]?)0(?:x([0-9a-fA-F]{1,32})|o?([0-7]{1,40})|b([01]{1,64}))");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]{1,40}|[0-9]{1,40}(\\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Iterator<Event> events;
  private final Map<Anchor, Anchored> anchors = new HashMap<>();
  private int values;

  YamlTrees(Iterator<Event> events) {
    this.events = events;
  }

  /**
   * What an anchor names.
   *
   * @param tree null until its end was read
   * @param size number of values in it
   */
  private record Anchored(@Nullable JsonNode tree, int size) {}

  /** Moves to the next document and returns its first event, or null at the end. */
  @Nullable Event nextDocument() {
    while (events.hasNext()) {
      if (events.next() instanceof DocumentStartEvent) {
        anchors.clear();
        return events.next();
      }
    }
    return null;
  }

  /** The value that starts with this event. */
  JsonNode read(Event start) {
    return read(start, 0);
  }

  private JsonNode read(Event start, int depth) {
    count(start, 1);
    if (depth > MAX_DEPTH) {
      throw problem(start, "nested deeper than " + MAX_DEPTH + " levels");
    }
    return switch (start) {
      case AliasEvent alias -> alias(alias);
      case ScalarEvent scalar -> anchored(scalar.getAnchor(), scalar(scalar), values - 1);
      case SequenceStartEvent sequence -> {
        int before = values - 1;
        open(sequence.getAnchor());
        yield anchored(sequence.getAnchor(), array(depth), before);
      }
      case MappingStartEvent mapping -> {
        int before = values - 1;
        open(mapping.getAnchor());
        yield anchored(mapping.getAnchor(), object(depth), before);
      }
      default -> throw problem(start, "unexpected " + start.getEventId());
    };
  }

  private void count(Event at, int more) {
    values += more;
    if (values > MAX_VALUES) {
      throw problem(at, "aliases expand to more than " + MAX_VALUES + " values");
    }
  }

  private void open(Optional<Anchor> anchor) {
    anchor.ifPresent(name -> anchors.put(name, new Anchored(null, 0)));
  }

  private JsonNode anchored(Optional<Anchor> anchor, JsonNode tree, int valuesBefore) {
    anchor.ifPresent(name -> anchors.put(name, new Anchored(tree, values - valuesBefore)));
    return tree;
  }

  private JsonNode alias(AliasEvent alias) {
    Anchored anchored = anchors.get(alias.getAlias());
    if (anchored == null) {
      throw problem(alias, "found undefined alias " + alias.getAlias());
    }
    if (anchored.tree() == null) {
      throw problem(alias, "an alias refers to the value that contains it");
    }
    count(alias, anchored.size());
    return anchored.tree().deepCopy();
  }

  private ArrayNode array(int depth) {
    ArrayNode array = NODES.arrayNode();
    for (Event next = events.next(); !(next instanceof SequenceEndEvent); next = events.next()) {
      array.add(read(next, depth + 1));
    }
    return array;
  }

  private ObjectNode object(int depth) {
    ObjectNode object = NODES.objectNode();
    ObjectNode merged = NODES.objectNode();
    Set<String> names = new HashSet<>();
    for (Event next = events.next(); !(next instanceof MappingEndEvent); next = events.next()) {
      if (!(next instanceof ScalarEvent key)) {
        throw problem(next, "a key must be text");
      }
      Event value = events.next();
      JsonNode tree = read(value, depth + 1);
      if (key.getValue().equals("<<") && key.isPlain()) {
        merge(value, merged, tree);
      } else if (names.add(key.getValue())) {
        object.set(key.getValue(), tree);
      } else {
        throw problem(key, "key \"" + key.getValue() + "\" is there twice");
      }
    }
    merged.properties().forEach(e -> object.putIfAbsent(e.getKey(), e.getValue()));
    return object;
  }

  private static void merge(Event at, ObjectNode merged, JsonNode source) {
    switch (source) {
      case ObjectNode one ->
          one.properties().forEach(e -> merged.putIfAbsent(e.getKey(), e.getValue()));
      case ArrayNode many when many.valueStream().allMatch(JsonNode::isObject) ->
          many.forEach(one -> merge(at, merged, one));
      default -> throw problem(at, "only a mapping can be merged");
    }
  }

  private static JsonNode scalar(ScalarEvent event) {
    String text = event.getValue();
    if (!event.isPlain() || event.getTag().map(YamlTrees::isTextTag).orElse(false)) {
      return NODES.stringNode(text);
    }
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> NODES.nullNode();
      case "true", "True", "TRUE" -> NODES.booleanNode(true);
      case "false", "False", "FALSE" -> NODES.booleanNode(false);
      default -> number(text);
    };
  }

  private static boolean isTextTag(String tag) {
    return switch (tag) {
      case "tag:yaml.org,2002:int",
          "tag:yaml.org,2002:float",
          "tag:yaml.org,2002:bool",
          "tag:yaml.org,2002:null" ->
          false;
      default -> true;
    };
  }

  private static JsonNode number(String text) {
    char first = text.charAt(0);
    if (first != '-' && first != '+' && first != '.' && (first < '0' || first > '9')) {
      return NODES.stringNode(text);
    }
    if (DECIMAL.matcher(text).matches()) {
      return integer(new BigInteger(text.startsWith("+") ? text.substring(1) : text));
    }
    var radix = RADIX.matcher(text);
    if (radix.matches()) {
      BigInteger value =
          radix.group(2) != null
              ? new BigInteger(radix.group(2), 16)
              : radix.group(3) != null
                  ? new BigInteger(radix.group(3), 8)
                  : new BigInteger(radix.group(4), 2);
      return integer(radix.group(1).equals("-") ? value.negate() : value);
    }
    return FLOAT.matcher(text).matches()
        ? NODES.numberNode(new BigDecimal(text))
        : NODES.stringNode(text);
  }

  private static JsonNode integer(BigInteger value) {
    if (value.bitLength() < 32) {
      return NODES.numberNode(value.intValue());
    }
    return value.bitLength() < 64 ? NODES.numberNode(value.longValue()) : NODES.numberNode(value);
  }

  private static CodecException problem(Event event, String text) {
    return YamlDocuments.at(event.getStartMark().orElse(null), text);
  }
}
