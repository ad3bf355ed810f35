// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.node.kubeproxy.ConfigField.Kind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A configuration as YAML or JSON text. */
final class ConfigTree {
  static final String API_VERSION = "kubeproxy.config.k8s.io/v1alpha1";
  static final String KIND = "KubeProxyConfiguration";
  private static final int MAX_CHARS = 1 << 20;

  private ConfigTree() {}

  /**
   * The fields that the text sets. As kube-proxy does, what is merely unknown or there twice is
   * warned of and ignored.
   *
   * @throws ConfigException for text that is no such configuration
   */
  static Map<ConfigField, Object> read(String text, Consumer<String> warnings)
      throws ConfigException {
    ObjectNode tree = tree(text, warnings);
    String apiVersion = tree.path("apiVersion").asString("");
    String kind = tree.path("kind").asString("");
    if (!apiVersion.equals(API_VERSION) || !kind.equals(KIND)) {
      throw new ConfigException(
          "no kind \""
              + kind
              + "\" is registered for version \""
              + apiVersion
              + "\": expected "
              + KIND
              + " of "
              + API_VERSION);
    }
    Map<ConfigField, Object> values = new EnumMap<>(ConfigField.class);
    Set<String> known = new HashSet<>(Set.of("apiVersion", "kind"));
    for (ConfigField field : ConfigField.values()) {
      known.add(field.path);
      int dot = field.path.indexOf('.');
      JsonNode node = tree.path(field.path);
      if (dot > 0) {
        String section = field.path.substring(0, dot);
        known.add(section);
        JsonNode parent = tree.path(section);
        if (!parent.isMissingNode() && !parent.isNull() && !parent.isObject()) {
          throw new ConfigException(section + ": " + parent + " found, expected an object");
        }
        node = parent.path(field.path.substring(dot + 1));
      }
      Object value = ConfigValue.of(field, node);
      if (value != null) {
        values.put(field, value);
      }
    }
    warnOfUnknown(tree, known, warnings);
    return values;
  }

  private static void warnOfUnknown(ObjectNode tree, Set<String> known, Consumer<String> warnings) {
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      if (!known.contains(entry.getKey())) {
        warnings.accept("unknown field \"" + entry.getKey() + "\" is ignored");
      } else if (entry.getValue() instanceof ObjectNode section
          && known.stream().anyMatch(path -> path.startsWith(entry.getKey() + "."))) {
        for (Map.Entry<String, JsonNode> inner : section.properties()) {
          String path = entry.getKey() + "." + inner.getKey();
          if (!known.contains(path)) {
            warnings.accept("unknown field \"" + path + "\" is ignored");
          }
        }
      }
    }
  }

  private static ObjectNode tree(String text, Consumer<String> warnings) throws ConfigException {
    if (text.length() > MAX_CHARS) {
      throw new ConfigException("the configuration is larger than " + MAX_CHARS + " characters");
    }
    try {
      List<ObjectNode> documents = KubeCodec.yamlDocuments(text);
      if (documents.isEmpty()) {
        throw new ConfigException("the configuration is empty: expected a " + KIND);
      }
      return documents.get(0);
    } catch (CodecException strict) {
      try {
        ObjectNode tree = lenient(text);
        warnings.accept(strict.getMessage() + "; the last one counts");
        return tree;
      } catch (YamlEngineException | IllegalArgumentException | ClassCastException e) {
        throw new ConfigException("the configuration is no YAML: " + strict.getMessage(), strict);
      }
    }
  }

  /** Keys that are there twice are the one thing that this reader allows and the strict one not. */
  private static ObjectNode lenient(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setAllowDuplicateKeys(true)
            .setCodePointLimit(MAX_CHARS)
            .setMaxAliasesForCollections(20)
            .build();
    Object document = new Load(settings).loadAllFromString(text).iterator().next();
    if (KubeCodec.json().valueToTree(document) instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalArgumentException("expected an object");
  }

  /** All fields as a tree, in the order of a {@code KubeProxyConfiguration}'s documentation. */
  static ObjectNode write(KubeProxyConfig config) {
    ObjectNode tree = KubeCodec.json().createObjectNode();
    tree.put("apiVersion", API_VERSION).put("kind", KIND);
    for (ConfigField field : ConfigField.values()) {
      Object value = config.get(field);
      int dot = field.path.indexOf('.');
      if (field.kind == Kind.ANY && value.equals("")) {
        continue;
      }
      ObjectNode parent = dot < 0 ? tree : tree.withObject("/" + field.path.substring(0, dot));
      put(parent, field.path.substring(dot + 1), value);
    }
    return tree;
  }

  private static void put(ObjectNode parent, String name, Object value) {
    switch (value) {
      case Duration duration -> parent.put(name, GoTime.format(duration));
      case JsonNode node -> parent.set(name, node);
      default -> parent.set(name, KubeCodec.json().valueToTree(value));
    }
  }

  /** The same as YAML text. */
  static String yaml(ObjectNode tree) {
    StringBuilder text = new StringBuilder();
    append(text, tree, "");
    return text.toString();
  }

  private static void append(StringBuilder text, ObjectNode tree, String indent) {
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      text.append(indent).append(entry.getKey()).append(':');
      if (entry.getValue() instanceof ObjectNode object && !object.isEmpty()) {
        text.append('\n');
        append(text, object, indent + "  ");
      } else {
        // JSON is YAML.
        text.append(' ').append(entry.getValue()).append('\n');
      }
    }
  }
}
