// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A media type with parameters.
 *
 * @param type lower case, such as application/json
 * @param parameters such as as=Table
 */
record MediaType(String type, Map<String, String> parameters) {

  /** The entries of an Accept header in the client's order, those with a quality of 0 left out. */
  static List<MediaType> parseList(String header) {
    List<MediaType> types = new ArrayList<>();
    for (String entry : header.split(",")) {
      MediaType type = parse(entry);
      if (!type.type.isEmpty() && !type.parameter("q").equals("0")) {
        types.add(type);
      }
    }
    return types;
  }

  static MediaType parse(String text) {
    String[] parts = text.split(";");
    Map<String, String> parameters = new HashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals > 0) {
        parameters.put(
            parts[i].substring(0, equals).strip(), parts[i].substring(equals + 1).strip());
      }
    }
    return new MediaType(parts[0].strip().toLowerCase(Locale.ROOT), parameters);
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  boolean acceptsJson() {
    return type.equals("application/json") || type.equals("application/*") || type.equals("*/*");
  }
}
