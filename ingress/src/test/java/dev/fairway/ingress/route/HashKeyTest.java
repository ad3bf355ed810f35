// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import java.lang.reflect.Proxy;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of a request decides about its endpoint. */
class HashKeyTest {
  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "$request_uri, /a/b?x=1&y=2",
    "$uri, /a/b",
    "$args, x=1&y=2",
    "$query_string, x=1&y=2",
    "$host, shop.example",
    "$http_host, Shop.example:80",
    "$remote_addr, 192.0.2.7",
    "$binary_remote_addr, 192.0.2.7",
    "$scheme, http",
    "$request_method, GET",
    "$http_x_user, alice",
    "$HTTP_X_User, alice",
    "$cookie_session, s1",
    "$arg_y, 2",
    "${host}${uri}, shop.example/a/b",
    "key-$arg_x-end, key-1-end",
    "constant, constant",
  })
  void templateHasTheValueOfTheRequest(String template, String value) {
    RequestContext request = request();
    assertThat(HashKey.compile(template).hash(request))
        .isEqualTo(HashKey.compile(value.replace("$", "")).hash(request))
        .isNotEqualTo(HashKey.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"$cookie_other", "$arg_z", "$http_absent", "key-$arg_z", "$cookie_sess"})
  void requestWithoutAValueHasNoKey(String template) {
    assertThat(HashKey.compile(template).hash(request())).isEqualTo(HashKey.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "$", "$nonsense", "${host", "$http_", "a$cookie_"})
  void mistakesAreRefused(String template) {
    assertThatThrownBy(() -> HashKey.compile(template))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void balancingRefusesATemplateThatCannotBeCompiled() {
    assertThatThrownBy(() -> new Balancing(Balancing.Algorithm.MAGLEV, "$nonsense"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("$nonsense");
  }

  private static RequestContext request() {
    HttpFields fields = new HttpFields();
    fields.add("Host", "Shop.example:80");
    fields.add("X-User", "alice");
    fields.add("Cookie", "a=b; session=s1;c=d");
    String uri = "/a/%2e/b?x=1&y=2";
    RequestHead head = new RequestHead("GET", uri, 1, fields, 0);
    RequestTarget target = Objects.requireNonNull(RequestTarget.parse(uri, "Shop.example:80"));
    Client client = new Client("192.0.2.7", false, false, 80);
    return (RequestContext)
        Proxy.newProxyInstance(
            RequestContext.class.getClassLoader(),
            new Class<?>[] {RequestContext.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "head" -> head;
                  case "target" -> target;
                  case "client" -> client;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }
}
