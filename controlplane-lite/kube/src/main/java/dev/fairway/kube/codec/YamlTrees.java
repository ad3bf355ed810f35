// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns YAML nodes into JSON trees by the rules that kubectl's YAML reader has: {@code yes} and
 * {@code on} are text, {@code 0644} is octal, aliases and merge keys are expanded. The number of
 * nodes is bounded over all documents of a text, so aliases cannot blow it up.
 */
final class YamlTrees {
  private static final int MAX_NODES = 2_000_000;
  private static final int MAX_DEPTH = 200;
  private static final Pattern DECIMAL = Pattern.compile("[-+]?(0|[1-9][0-9]{0,40})");
  private static final Pattern RADIX =
      Pattern.compile("([-+]?)0(?:x([0-9a-fA-F]{1,32})|o?([0-7]{1,40})|b([01]{1,64}))");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]{1,40}|[0-9]{1,40}(\\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private int converted;

  JsonNode convert(Node node) {
    if (++converted > MAX_NODES) {
      throw problem(node, "aliases expand to more than " + MAX_NODES + " values");
    }
    if (open.size() >= MAX_DEPTH) {
      throw problem(node, "nested deeper than " + MAX_DEPTH + " levels");
    }
    if (node instanceof ScalarNode scalar) {
      return scalar(scalar);
    }
    if (!open.add(node)) {
      throw problem(node, "an alias refers to the value that contains it");
    }
    try {
      return switch (node) {
        case SequenceNode sequence -> {
          ArrayNode array = NODES.arrayNode();
          sequence.getValue().forEach(item -> array.add(convert(item)));
          yield array;
        }
        case MappingNode mapping -> object(mapping);
        default -> throw problem(node, "unexpected " + node.getNodeType());
      };
    } finally {
      open.remove(node);
    }
  }

  private ObjectNode object(MappingNode mapping) {
    ObjectNode object = NODES.objectNode();
    Set<String> names = new HashSet<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw problem(tuple.getKeyNode(), "a key must be text");
      }
      if (key.getValue().equals("<<") && key.getScalarStyle() == ScalarStyle.PLAIN) {
        merge(object, tuple.getValueNode());
        continue;
      }
      if (!names.add(key.getValue())) {
        throw problem(key, "key \"" + key.getValue() + "\" is there twice");
      }
      object.set(key.getValue(), convert(tuple.getValueNode()));
    }
    return object;
  }

  private void merge(ObjectNode object, Node source) {
    switch (convert(source)) {
      case ObjectNode one ->
          one.properties().forEach(e -> object.putIfAbsent(e.getKey(), e.getValue()));
      case ArrayNode many when many.valueStream().allMatch(JsonNode::isObject) ->
          many.forEach(
              one -> one.properties().forEach(e -> object.putIfAbsent(e.getKey(), e.getValue())));
      default -> throw problem(source, "only a mapping can be merged");
    }
  }

  private static JsonNode scalar(ScalarNode node) {
    String text = node.getValue();
    if (node.getScalarStyle() != ScalarStyle.PLAIN || node.getTag().equals(Tag.BINARY)) {
      return NODES.stringNode(text);
    }
    if (node.getTag().getValue().equals("!") || explicitString(node)) {
      return NODES.stringNode(text);
    }
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> NODES.nullNode();
      case "true", "True", "TRUE" -> NODES.booleanNode(true);
      case "false", "False", "FALSE" -> NODES.booleanNode(false);
      default -> number(text);
    };
  }

  /** {@code !!str 8080}: the engine resolves a plain 8080 to an int unless the tag says text. */
  private static boolean explicitString(ScalarNode node) {
    return node.getTag().equals(Tag.STR) && DECIMAL.matcher(node.getValue()).matches();
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

  private static CodecException problem(Node node, String text) {
    return YamlDocuments.at(node.getStartMark().orElse(null), text);
  }
}
