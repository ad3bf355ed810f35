// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.UnexpectedEndOfInputException;

/** One page of a LIST, decoded object by object while it arrives. */
record ListPage<T>(String resourceVersion, String continueToken, List<T> items) {
  private static final System.Logger LOG = System.getLogger(ListPage.class.getName());

  /**
   * Reads a page. An object that is JSON but not of the kind is logged and left out.
   *
   * @throws IOException if the connection ends early or the text is not a JSON list
   */
  static <T extends KubeObject> ListPage<T> read(Resource<T> resource, InputStream body)
      throws IOException {
    String resourceVersion = "";
    String continueToken = "";
    List<T> items = new ArrayList<>();
    try (JsonParser in = KubeCodec.json().createParser(body)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException(resource.plural() + ": the answer is no list");
      }
      for (String name = in.nextName(); name != null; name = in.nextName()) {
        JsonToken value = in.nextToken();
        if (name.equals("items") && value == JsonToken.START_ARRAY) {
          while (in.nextToken() != JsonToken.END_ARRAY) {
            readItem(resource, in, items);
          }
        } else if (name.equals("metadata") && value == JsonToken.START_OBJECT) {
          for (String key = in.nextName(); key != null; key = in.nextName()) {
            in.nextToken();
            switch (key) {
              case "resourceVersion" -> resourceVersion = in.getValueAsString("");
              case "continue" -> continueToken = in.getValueAsString("");
              default -> in.skipChildren();
            }
          }
        } else {
          in.skipChildren();
        }
      }
      if (in.currentToken() != JsonToken.END_OBJECT) {
        throw new IOException(resource.plural() + ": the list ends early");
      }
    } catch (JacksonException e) {
      throw new IOException(resource.plural() + ": " + e.getOriginalMessage(), e);
    }
    return new ListPage<>(resourceVersion, continueToken, items);
  }

  private static <T extends KubeObject> void readItem(
      Resource<T> resource, JsonParser in, List<T> items) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      LOG.log(System.Logger.Level.WARNING, "{0}: an item is no object", resource.plural());
      in.skipChildren();
      return;
    }
    int depth = in.streamReadContext().getNestingDepth();
    try {
      items.add(KubeCodec.decode(resource, in));
    } catch (CodecException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof IOException connection) {
          throw connection;
        }
        if (cause instanceof UnexpectedEndOfInputException) {
          throw new IOException(resource.plural() + ": the list ends early", e);
        }
      }
      LOG.log(System.Logger.Level.WARNING, "skipped a broken object: {0}", e.getMessage());
      JsonToken token = in.currentToken();
      while (in.streamReadContext().getNestingDepth() >= depth && token != null) {
        token = in.nextToken();
      }
    }
  }
}
