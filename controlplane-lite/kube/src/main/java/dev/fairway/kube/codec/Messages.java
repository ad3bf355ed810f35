// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import java.util.StringJoiner;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** Short one-line texts of parser errors. */
final class Messages {
  private Messages() {}

  /** What is wrong and where: the JSON path if known, else line and column. */
  static String oneLine(JacksonException e) {
    StringBuilder text = new StringBuilder();
    StringJoiner path = new StringJoiner(".");
    for (JacksonException.Reference reference : e.getPath()) {
      path.add(
          reference.getPropertyName() != null
              ? reference.getPropertyName()
              : "[" + reference.getIndex() + "]");
    }
    if (path.length() > 0) {
      text.append(path.toString().replace(".[", "[")).append(": ");
    }
    String message = e.getOriginalMessage();
    text.append(
        message == null ? e.getClass().getSimpleName() : message.lines().findFirst().orElse(""));
    TokenStreamLocation where = e.getLocation();
    if (where != null && where.getLineNr() > 0) {
      text.append(" (line ").append(where.getLineNr());
      text.append(", column ").append(where.getColumnNr()).append(')');
    }
    return text.toString();
  }
}
