// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

/**
 * A change of a path: as a whole, or of the prefix that was matched.
 *
 * @param prefix the matched prefix, or "" where the whole path is replaced
 * @param replacement what takes its place
 */
public record PathChange(String prefix, String replacement) {
  /** Every path becomes this one. */
  public static PathChange full(String path) {
    return new PathChange("", path.startsWith("/") ? path : "/" + path);
  }

  /**
   * The matched prefix is replaced, element by element: trailing slashes of both do not count.
   *
   * @param prefix of a match of type PREFIX, so that every path that comes here has it
   */
  public static PathChange prefix(String prefix, String replacement) {
    String start = replacement.isEmpty() || replacement.startsWith("/") ? "" : "/";
    return new PathChange(prefix, start + replacement);
  }

  /** The changed path; starts with a slash. */
  String apply(String path) {
    if (prefix.isEmpty()) {
      return replacement;
    }
    String rest = path.substring(Math.min(withoutSlash(prefix).length(), path.length()));
    String changed = withoutSlash(replacement) + rest;
    return changed.isEmpty() ? "/" : changed;
  }

  String describe() {
    return prefix.isEmpty()
        ? "the path becomes " + replacement
        : "the prefix " + prefix + " becomes " + (replacement.isEmpty() ? "/" : replacement);
  }

  private static String withoutSlash(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
