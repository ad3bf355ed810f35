// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.StatusException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The form in which objects are sent. */
enum Representation {
  JSON("application/json"),
  TABLE("application/json;as=Table;v=v1;g=meta.k8s.io"),
  PARTIAL("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");

  private final String contentType;

  Representation(String contentType) {
    this.contentType = contentType;
  }

  String contentType() {
    return contentType;
  }

  /**
   * The first form in the client's list that the server has.
   *
   * @throws StatusException 406 if there is none
   */
  static Representation negotiate(@Nullable String accept) throws StatusException {
    if (accept == null || accept.isBlank()) {
      return JSON;
    }
    List<MediaType> types = MediaType.parseList(accept);
    for (MediaType type : types) {
      if (!type.acceptsJson()) {
        continue;
      }
      boolean ours = type.parameter("g").equals("meta.k8s.io") && type.parameter("v").equals("v1");
      switch (type.parameter("as")) {
        case "" -> {
          return JSON;
        }
        case "Table" -> {
          if (ours) {
            return TABLE;
          }
        }
        case "PartialObjectMetadata", "PartialObjectMetadataList" -> {
          if (ours) {
            return PARTIAL;
          }
        }
        default -> {
          // a form that we do not have: the client's next choice
        }
      }
    }
    throw notAcceptable();
  }

  static StatusException notAcceptable() {
    return new StatusException(
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json,"
            + " application/json;as=Table;g=meta.k8s.io;v=v1",
        null);
  }
}
