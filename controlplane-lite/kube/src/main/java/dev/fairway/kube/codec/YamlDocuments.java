// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.node.ObjectNode;

/** Splits a YAML or JSON text into its documents. */
final class YamlDocuments {
  /** Longest text that is read, in UTF-16 units; kubectl's own limits are far below. */
  static final int MAX_CHARS = 32 << 20;

  private static final int MAX_DOCUMENTS = 100_000;

  private YamlDocuments() {}

  static List<ObjectNode> parse(String text) {
    if (text.length() > MAX_CHARS) {
      throw new CodecException("the text is larger than " + MAX_CHARS + " characters");
    }
    List<ObjectNode> documents = new ArrayList<>();
    if (text.stripLeading().startsWith("{") && addJson(text, documents)) {
      return documents;
    }
    documents.clear();
    try {
      LoadSettings settings = LoadSettings.builder().setCodePointLimit(MAX_CHARS).build();
      YamlTrees trees = new YamlTrees(new Parse(settings).parseString(text).iterator());
      for (Event start = trees.nextDocument(); start != null; start = trees.nextDocument()) {
        add(trees.read(start), documents, start.getStartMark().orElse(null));
      }
    } catch (MarkedYamlEngineException e) {
      throw at(
          e.getProblemMark().or(e::getContextMark).orElse(null), String.valueOf(e.getProblem()));
    } catch (YamlEngineException e) {
      throw new CodecException(String.valueOf(e.getMessage()), e);
    }
    return documents;
  }

  /** JSON may be indented with tabs, which YAML forbids; so it is tried first. */
  private static boolean addJson(String text, List<ObjectNode> documents) {
    try (MappingIterator<JsonNode> values =
        KubeCodec.json().readerFor(JsonNode.class).readValues(text)) {
      while (values.hasNext()) {
        add(values.next(), documents, null);
      }
      return true;
    } catch (JacksonException notJson) {
      return false;
    }
  }

  private static void add(JsonNode tree, List<ObjectNode> documents, @Nullable Mark mark) {
    if (tree.isNull()) {
      return;
    }
    if (!(tree instanceof ObjectNode object)) {
      throw at(
          mark, "expected an object, found " + tree.getNodeType().name().toLowerCase(Locale.ROOT));
    }
    if (documents.size() >= MAX_DOCUMENTS) {
      throw new CodecException("more than " + MAX_DOCUMENTS + " documents");
    }
    JsonNode items = object.path("items");
    if (object.path("kind").asString("").endsWith("List") && items.isArray()) {
      for (JsonNode item : items) {
        add(item, documents, mark);
      }
    } else {
      documents.add(object);
    }
  }

  static CodecException at(@Nullable Mark mark, String problem) {
    return new CodecException(
        mark == null
            ? problem
            : "line "
                + (mark.getLine() + 1)
                + ", column "
                + (mark.getColumn() + 1)
                + ": "
                + problem);
  }
}
