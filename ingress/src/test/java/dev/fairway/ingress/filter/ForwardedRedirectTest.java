// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.VariableText;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Redirects lead clients back to where they came from, which a trusted proxy in front knows. */
class ForwardedRedirectTest {
  @ParameterizedTest(name = "{0}: {1} {2} {3}: {4}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // to HTTPS: without a port, as nobody says which one the proxy has for it
        "https | - | - | - | 308 https://h:8443/a/?b=c",
        "https | - | - | http | 308 https://h/a/?b=c",
        "https | shop.example | - | http | 308 https://shop.example/a/?b=c",
        "https | Shop.Example:8080 | 8080 | http | 308 https://shop.example/a/?b=c",
        "https | shop.example, inner | - | http | 308 https://shop.example/a/?b=c",
        "https | - | - | https | forward h:80 /a/?b=c",
        "https | a b | - | http | 308 https://h/a/?b=c",
        "https | shop.example/evil | - | http | 308 https://h/a/?b=c",
        // the application's root
        "root | - | - | - | 302 http://h:80/app",
        "root | shop.example | - | https | 302 https://shop.example/app",
        "root | shop.example | 8443 | https | 302 https://shop.example:8443/app",
        "root | shop.example:9 | 8443 | https | 302 https://shop.example:9/app",
        "root | shop.example | 443 | https | 302 https://shop.example/app",
        "root | shop.example | 0x1 | http | 302 http://shop.example/app",
        // with or without www
        "www | - | - | - | 308 http://www.h/a/?b=c",
        "www | h | - | https | 308 https://www.h/a/?b=c",
        "www | h | 444 | https | 308 https://www.h:444/a/?b=c",
        "www | h | 80 | http | 308 http://www.h/a/?b=c",
        // RequestRedirect of the Gateway API, which keeps what it does not replace
        "gateway | - | - | - | 302 http://h:8080/x?b=c",
        "gateway | shop.example | 443 | https | 302 https://shop.example/x?b=c",
        "gateway | shop.example | - | https | 302 https://shop.example/x?b=c",
        "gateway | shop.example:444 | - | https | 302 https://shop.example:444/x?b=c",
        "gateway | - | 8081 | http | 302 http://h:8081/x?b=c",
        // a slash at the end
        "slash | shop.example | 8443 | https | 301 https://shop.example:8443/a//?b=c",
        // variables
        "variable | shop.example | - | https | 302 https://shop.example/",
        "variable | - | - | - | 302 http://h:80/",
      })
  void leadWhereTheClientCameFrom(
      String redirect, String host, String port, String scheme, String expected) {
    assertThat(request(redirect, host, port, scheme).ofTrustedPeer().through(filters(redirect)))
        .isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "https, 308 https://h:8443/a/?b=c",
    "root, 302 http://h:80/app",
    "www, 308 http://www.h/a/?b=c",
    "gateway, 302 http://h:8080/x?b=c",
    "slash, 301 http://h:80/a//?b=c",
    "variable, 302 http://h:80/",
  })
  void strangersLeadNobodyAway(String redirect, String expected) {
    assertThat(request(redirect, "evil.example", "666", "https").through(filters(redirect)))
        .isEqualTo(expected);
  }

  private static FakeRequest request(String redirect, String host, String port, String scheme) {
    String path = redirect.equals("root") ? "/" : "/a/?b=c";
    FakeRequest request = FakeRequest.get("http://h:80" + path).withPorts(8080, 8443);
    add(request, "X-Forwarded-Host", host);
    add(request, "X-Forwarded-Port", port);
    add(request, "X-Forwarded-Proto", scheme);
    return request;
  }

  private static void add(FakeRequest request, String name, String value) {
    if (value != null) {
      request.head().fields().add(name, value);
    }
  }

  private static List<RouteFilter> filters(String redirect) {
    return List.of(
        switch (redirect) {
          case "https" -> new HttpsRedirect(308);
          case "root" -> new AppRoot("/app", false);
          case "www" -> new HostRedirect(308, "www.h");
          case "slash" -> new SlashRedirect();
          case "variable" ->
              new UrlRedirect(302, VariableText.compile("$scheme://$best_http_host/"));
          default -> new RequestRedirect("", "", 0, PathChange.full("/x"), 302);
        });
  }
}
