// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import java.util.List;

/**
 * One line of a configuration, with what stands in braces after it.
 *
 * @param name what it is about
 * @param args the words after the name
 * @param children the lines in braces
 * @param place where it stands
 */
record Directive(String name, List<String> args, List<Directive> children, Place place) {
  /**
   * Where something stands.
   *
   * @param file as it was named
   * @param line first is 1
   * @param path keys that lead there, as the user writes them
   */
  record Place(String file, int line, String path) {
    @Override
    public String toString() {
      return file + ":" + line + ": " + path;
    }
  }

  Directive {
    args = List.copyOf(args);
    children = List.copyOf(children);
  }

  /** Name and words, as one list. */
  List<String> words() {
    List<String> words = new java.util.ArrayList<>(args.size() + 1);
    words.add(name);
    words.addAll(args);
    return words;
  }
}
