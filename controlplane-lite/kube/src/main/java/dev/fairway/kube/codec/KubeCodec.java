// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes Kubernetes objects. Unknown fields are ignored, absent values are omitted, times
 * are RFC 3339 in UTC. Thread-safe.
 */
public final class KubeCodec {
  private static final JsonMapper JSON = KubeMapper.build();

  private KubeCodec() {}

  /** The shared mapper: unknown fields ignored, absent and empty values omitted on write. */
  public static JsonMapper json() {
    return JSON;
  }

  /**
   * Decodes one object from a tree.
   *
   * @throws CodecException where the tree is not such an object
   */
  public static <T extends KubeObject> T decode(Resource<T> resource, JsonNode tree) {
    try (JsonParser parser = JSON.treeAsTokens(tree)) {
      return decode(resource, parser);
    }
  }

  /**
   * Decodes one object from UTF-8 JSON text.
   *
   * @throws CodecException where the text is not such an object
   */
  public static <T extends KubeObject> T decode(Resource<T> resource, byte[] json) {
    try (JsonParser parser = JSON.createParser(json)) {
      return decode(resource, parser);
    }
  }

  /**
   * Decodes the object that the parser stands on or before; afterwards it stands on the object's
   * end. The text behind the object is left alone.
   *
   * @throws CodecException where there is no such object
   */
  public static <T extends KubeObject> T decode(Resource<T> resource, JsonParser parser) {
    try {
      JsonToken token = parser.currentToken();
      if (token == null) {
        token = parser.nextToken();
      }
      if (token != JsonToken.START_OBJECT) {
        throw new CodecException(resource.kind() + ": expected an object, found " + token);
      }
      return JSON.readerFor(resource.type())
          .without(tools.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .readValue(parser);
    } catch (JacksonException e) {
      throw new CodecException(resource.kind() + ": " + Messages.oneLine(e), e);
    }
  }

  /** The object as a tree with {@code apiVersion} and {@code kind} first. */
  public static <T extends KubeObject> ObjectNode encode(Resource<T> resource, T object) {
    ObjectNode tree = JSON.createObjectNode();
    tree.put("apiVersion", resource.apiVersion());
    tree.put("kind", resource.kind());
    tree.setAll((ObjectNode) JSON.valueToTree(object));
    return tree;
  }

  /**
   * The documents of a YAML or JSON text in order. Empty documents are skipped and a {@code List}
   * is replaced by its items. Size, nesting and the expansion of aliases are bounded.
   *
   * @throws CodecException for text that is not YAML; the message names line and column
   */
  public static List<ObjectNode> yamlDocuments(String yaml) {
    return YamlDocuments.parse(yaml);
  }
}
