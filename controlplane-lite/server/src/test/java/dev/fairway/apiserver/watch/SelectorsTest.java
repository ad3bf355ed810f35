// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.apiserver.storage.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorsTest {
  @ParameterizedTest(name = "{0} on {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "''                    | {}                     | true",
        "app=web               | {'app':'web'}          | true",
        "app==web              | {'app':'web'}          | true",
        "app=web               | {'app':'db'}           | false",
        "app=web               | {}                     | false",
        "app!=web              | {'app':'db'}           | true",
        "app!=web              | {}                     | true",
        "app!=web              | {'app':'web'}          | false",
        "app in (web,db)       | {'app':'db'}           | true",
        "app in (web, db)      | {'app':'x'}            | false",
        "app in (web)          | {}                     | false",
        "app notin (web,db)    | {'app':'x'}            | true",
        "app notin (web,db)    | {}                     | true",
        "app notin (web,db)    | {'app':'web'}          | false",
        "app                   | {'app':''}             | true",
        "app                   | {}                     | false",
        "!app                  | {}                     | true",
        "!app                  | {'app':'x'}            | false",
        "app=                  | {'app':''}             | true",
        "app=                  | {'app':'x'}            | false",
        "app in (,x)           | {'app':''}             | true",
        "n>5                   | {'n':'6'}              | true",
        "n>5                   | {'n':'5'}              | false",
        "n<5                   | {'n':'4'}              | true",
        "n<5                   | {'n':'x'}              | false",
        "n>5                   | {}                     | false",
        "app=web,tier in (a,b) | {'app':'web','tier':'b'} | true",
        "app=web,!canary       | {'app':'web','canary':'1'} | false",
        "example.com/app=web   | {'example.com/app':'web'} | true",
        "in in (in,notin)      | {'in':'notin'}         | true",
      })
  void labels(String selector, String labels, boolean selected) throws Exception {
    byte[] json = labels.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    assertThat(LabelSelector.parse(selector).matches(Json.parse(json))).isEqualTo(selected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app=web,",
        ",app",
        "app in",
        "app in (",
        "app in (a",
        "app in a",
        "=x",
        "a b",
        "!",
        "app=(",
        "-app=x",
        "app=web!",
        "n>x",
        "a/b/c=d",
        "app=-x"
      })
  void malformedLabelSelectorsAreRefused(String selector) {
    assertThatThrownBy(() -> LabelSelector.parse(selector))
        .isInstanceOf(SelectorSyntaxException.class)
        .hasMessageStartingWith("unable to parse requirement: ");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "''                          | true",
        "metadata.name=web           | true",
        "metadata.name==web          | true",
        "metadata.name!=web          | false",
        "metadata.name=web,phase!=Up | false",
        "phase=Up                    | true",
        "phase=                      | false",
        "gone=                       | true",
        "gone!=x                     | true",
        "odd=a\\,b\\=c               | true",
      })
  void fields(String selector, boolean selected) throws Exception {
    Map<String, String> fields = Map.of("metadata.name", "web", "phase", "Up", "odd", "a,b=c");
    assertThat(FieldSelector.parse(selector).matches(fields)).isEqualTo(selected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a=b=c", "a=b\\x", "a=b,c"})
  void malformedFieldSelectorsAreRefused(String selector) {
    assertThatThrownBy(() -> FieldSelector.parse(selector))
        .isInstanceOf(SelectorSyntaxException.class);
  }
}
