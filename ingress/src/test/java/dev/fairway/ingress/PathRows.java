// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.TestObjects.IngressBuilder;
import dev.fairway.kube.api.Ingress;
import java.util.Arrays;
import java.util.List;

/**
 * Which path takes a request: the 18 rows of the table in the documentation of Ingress, what it
 * leaves open (a to e), and where ingress-nginx differs.
 */
public final class PathRows {
  /**
   * A row.
   *
   * @param number in the table, or a letter
   * @param paths types and paths of one host, the Service of each is named by its place
   * @param request the target of a GET
   * @param expected the path that takes it, {@code default}, or a status with its Location
   */
  public record Row(String number, List<String> paths, String request, String expected) {
    /** The Ingress, with annotations or without. */
    public Ingress ingress() {
      boolean ends = expected.equals("default");
      IngressBuilder builder = TestObjects.ingress("rows").host("h");
      for (int i = 0; i < paths.size(); i++) {
        String[] words = paths.get(i).split(" ", 2);
        String text = words.length == 1 ? "" : words[1];
        builder.path(words[0], text, TestObjects.backend("s" + i));
      }
      if (ends) {
        builder.defaultBackend("s" + paths.size());
      }
      if (number.startsWith("use-regex")) {
        builder.annotation("nginx.ingress.kubernetes.io/use-regex", "true");
      }
      return builder.build();
    }

    /** What is expected, with the Service in the place of its path. */
    public String outcome() {
      int taken = expected.equals("default") ? paths.size() : paths.indexOf(expected);
      return taken < 0 ? expected : "s" + taken;
    }

    @Override
    public String toString() {
      return number + ": " + paths + " " + request + " is for " + expected;
    }
  }

  private static final String KUBERNETES =
      """
      1   | Prefix /                                | /any/thing    | Prefix /
      1   | Prefix /                                | /             | Prefix /
      2   | Exact /foo                              | /foo          | Exact /foo
      3   | Exact /foo                              | /bar          | 404
      4   | Exact /foo                              | /foo/         | 404
      5   | Exact /foo/                             | /foo          | 404
      6   | Prefix /foo                             | /foo          | Prefix /foo
      6   | Prefix /foo                             | /foo/         | Prefix /foo
      7   | Prefix /foo/                            | /foo          | Prefix /foo/
      7   | Prefix /foo/                            | /foo/         | Prefix /foo/
      8   | Prefix /aaa/bb                          | /aaa/bbb      | 404
      9   | Prefix /aaa/bbb                         | /aaa/bbb      | Prefix /aaa/bbb
      10  | Prefix /aaa/bbb/                        | /aaa/bbb      | Prefix /aaa/bbb/
      11  | Prefix /aaa/bbb                         | /aaa/bbb/     | Prefix /aaa/bbb
      12  | Prefix /aaa/bbb                         | /aaa/bbb/ccc  | Prefix /aaa/bbb
      13  | Prefix /aaa/bbb                         | /aaa/bbbxyz   | 404
      14  | Prefix / ; Prefix /aaa                  | /aaa/ccc      | Prefix /aaa
      15  | Prefix / ; Prefix /aaa ; Prefix /aaa/bbb | /aaa/bbb     | Prefix /aaa/bbb
      16  | Prefix / ; Prefix /aaa ; Prefix /aaa/bbb | /ccc         | Prefix /
      17  | Prefix /aaa                             | /ccc          | default
      18  | Prefix /foo ; Exact /foo                | /foo          | Exact /foo
      a   | Prefix /foo ; Prefix /foo/              | /foo          | Prefix /foo/
      a   | Prefix /foo ; Prefix /foo/              | /foo/         | Prefix /foo/
      b   | Prefix /foo                             | /FOO          | 404
      b   | Exact /foo                              | /FOO          | 404
      c   | Exact /foo                              | /foo?x=1      | Exact /foo
      c   | Prefix /foo                             | /foo?/../bar  | Prefix /foo
      d   | Prefix /foo                             | /foo%2Fbar    | 404
      d   | Prefix /foo                             | /foo//bar     | Prefix /foo
      d   | Prefix /foo ; Prefix /bar               | /foo/../bar   | Prefix /bar
      d   | Prefix /foo ; Prefix /bar               | /foo/%2e%2E/bar | Prefix /bar
      d   | Prefix /foo                             | /%66oo        | Prefix /foo
      e   | ImplementationSpecific                  | /any/thing    | ImplementationSpecific
      e   | ImplementationSpecific /foo             | /foo/bar      | ImplementationSpecific /foo
      e   | ImplementationSpecific /foo             | /foobar       | 404
      """;

  private static final String INGRESS_NGINX =
      """
      6         | Prefix /foo                 | /foo        | Prefix /foo
      6         | Prefix /foo                 | /foo/bar    | Prefix /foo
      13        | Prefix /foo                 | /foobar     | 404
      slash     | Prefix /foo/                | /foo        | 301 http://h/foo/
      slash     | Prefix /foo/                | /foo/       | Prefix /foo/
      slash     | Exact /foo/                 | /foo        | 301 http://h/foo/
      slash     | Exact /foo/                 | /foo/       | Exact /foo/
      slash     | Prefix /foo/ ; Exact /foo   | /foo        | Exact /foo
      use-regex | Exact /foo                  | /foo        | Exact /foo
      use-regex | Exact /foo                  | /FOO        | Exact /foo
      use-regex | Exact /foo                  | /foobar     | Exact /foo
      use-regex | Prefix /foo                 | /foo/bar    | Prefix /foo
      use-regex | Prefix /foo                 | /bar/foo    | 404
      use-regex | ImplementationSpecific /f.o | /FxO/bar    | ImplementationSpecific /f.o
      use-regex | Prefix /foo ; Exact /foo/b  | /foo/bar    | Exact /foo/b
      """;

  private PathRows() {}

  /** As Kubernetes says. */
  public static List<Row> kubernetes() {
    return rows(KUBERNETES);
  }

  /** Where compat=ingress-nginx. */
  public static List<Row> ingressNginx() {
    return rows(INGRESS_NGINX);
  }

  private static List<Row> rows(String table) {
    return table.lines().map(PathRows::row).toList();
  }

  private static Row row(String line) {
    String[] columns = Arrays.stream(line.split("\\|")).map(String::strip).toArray(String[]::new);
    List<String> paths = Arrays.stream(columns[1].split(" ; ")).map(String::strip).toList();
    return new Row(columns[0], paths, columns[2], columns[3]);
  }
}
