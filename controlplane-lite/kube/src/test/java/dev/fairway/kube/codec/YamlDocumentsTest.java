// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class YamlDocumentsTest {

  static Stream<Arguments> documents() {
    return Stream.of(
        Arguments.of("nothing", "", ""),
        Arguments.of("comments alone", "# a\n---\n# b\n", ""),
        Arguments.of("empty documents", "---\n---\na: 1\n---\n\n---\nb: 2\n", "{'a':1} {'b':2}"),
        Arguments.of("JSON", "{'a': [1, 'x']}", "{'a':[1,'x']}"),
        Arguments.of("JSON indented by tabs", "{\n\t'a':\n\t\t1\n}", "{'a':1}"),
        Arguments.of("JSON one after the other", "{'a':1}\n{'b':2}", "{'a':1} {'b':2}"),
        Arguments.of(
            "JSON in YAML", "---\n{'a': 1}\n---\nb: {'c': [1]}", "{'a':1} {'b':{'c':[1]}}"),
        Arguments.of("flow style that is no JSON", "{a: 1, b: x}", "{'a':1,'b':'x'}"),
        Arguments.of(
            "a List",
            "kind: List\nitems:\n- {kind: A}\n- kind: ServiceList\n  items: [{kind: B}]\n",
            "{'kind':'A'} {'kind':'B'}"),
        Arguments.of("an empty List", "kind: List\nitems: []\n", ""),
        Arguments.of("anchors", "a: &x {k: 1}\nb: *x\n", "{'a':{'k':1},'b':{'k':1}}"),
        Arguments.of(
            "merge keys",
            "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n",
            "{'a':{'k':1,'l':2},'b':{'k':3,'l':2}}"),
        Arguments.of(
            "merge keys behind others",
            "a: {k: 3, <<: [{k: 1, l: 1}, {l: 2}]}",
            "{'a':{'k':3,'l':1}}"),
        Arguments.of("octal", "m: 0644\nn: 0o644\no: 08", "{'m':420,'n':420,'o':8}"),
        Arguments.of("hex and negative", "a: 0x1F\nb: -5\nc: +7", "{'a':31,'b':-5,'c':7}"),
        Arguments.of("floats", "a: 1.5\nb: 1e3\nc: 1.", "{'a':1.5,'b':1E+3,'c':1}"),
        Arguments.of("big", "a: 9007199254740993", "{'a':9007199254740993}"),
        Arguments.of("nulls", "a:\nb: ~\nc: null\nd: ''", "{'a':null,'b':null,'c':null,'d':''}"),
        Arguments.of("booleans", "a: true\nb: False\nc: 'true'", "{'a':true,'b':false,'c':'true'}"),
        Arguments.of("words", "a: yes\nb: on\nc: n", "{'a':'yes','b':'on','c':'n'}"),
        Arguments.of(
            "text that looks like numbers",
            "a: 1.2.3.4\nb: 500m\nc: '80'\nd: 10.0.0.0/8\ne: 2026-01-02\nf: -a\ng: 1:30",
            "{'a':'1.2.3.4','b':'500m','c':'80','d':'10.0.0.0/8','e':'2026-01-02','f':'-a','g':'1:30'}"),
        Arguments.of("explicit text", "a: !!str 80\nb: !!str true", "{'a':'80','b':'true'}"),
        Arguments.of("block text", "a: |\n  x\n  y\n", "{'a':'x\\ny\\n'}"),
        Arguments.of("numbers as keys", "80: a", "{'80':'a'}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("documents")
  void readsAsKubectlDoes(String name, String yaml, String expected) {
    StringBuilder actual = new StringBuilder();
    for (ObjectNode document : KubeCodec.yamlDocuments(yaml.replace('\'', '"'))) {
      actual.append(actual.isEmpty() ? "" : " ").append(document);
    }
    assertThat(actual.toString().replace('"', '\'')).isEqualTo(expected);
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        Arguments.of("tab", "a:\n\t- b", "line 2, column 1: "),
        Arguments.of("open bracket", "a: [1,\nb: 2", "line 2, "),
        Arguments.of("bad indentation", "a:\n  b: 1\n c: 2\n", "line 3, column 2: "),
        Arguments.of("a list", "- a\n", "line 1, column 1: expected an object, found array"),
        Arguments.of(
            "a word", "---\nhello\n", "line 2, column 1: expected an object, found string"),
        Arguments.of("twice", "a: 1\nb: 2\na: 3\n", "line 3, column 1: key \"a\" is there twice"),
        Arguments.of("unknown alias", "a: *nowhere\n", "line 1, column 4: "),
        Arguments.of("alias of itself", "a: &x\n  b: *x\n", "line 2, column 6: "),
        Arguments.of("merge of text", "a:\n  <<: b\n", "line 2, column 7: only a mapping"),
        Arguments.of("key that is a list", "? [a]\n: b\n", "line 1, column 3: a key must be text"),
        Arguments.of("broken JSON", "{\"a\": 1", "line 1, column 8: "),
        Arguments.of(
            "second document",
            "a: 1\n---\nb: 2\n---\n- c\n",
            "line 5, column 1: expected an object"),
        Arguments.of("a List of words", "kind: List\nitems: [a]\n", "expected an object"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("errors")
  void errorNamesLineAndColumnInOneLine(String name, String yaml, String expected) {
    assertThatThrownBy(() -> KubeCodec.yamlDocuments(yaml))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(expected)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void aliasesCannotBlowUp() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
      String alias = "*a" + (i - 1);
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, (alias + ",").repeat(9) + alias));
    }
    assertThatThrownBy(() -> KubeCodec.yamlDocuments(bomb.toString()))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("aliases expand to more than");
  }

  @Test
  void depthIsBounded() {
    assertThatThrownBy(() -> KubeCodec.yamlDocuments("a: " + "[".repeat(5000) + "]".repeat(5000)))
        .isInstanceOf(CodecException.class);
    assertThatThrownBy(
            () -> KubeCodec.yamlDocuments("{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}"))
        .isInstanceOf(CodecException.class);
  }

  @Test
  void sizeIsBounded() {
    assertThatThrownBy(() -> KubeCodec.yamlDocuments("#".repeat(YamlDocuments.MAX_CHARS + 1)))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("larger than");
  }
}
