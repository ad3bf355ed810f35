// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.observe.SampleRequest;
import dev.fairway.ingress.observe.ServedRequest;
import dev.fairway.ingress.observe.UnroutedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.ServiceName;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines in the words of nginx's {@code log_format}. */
class LogTemplateTest {
  private static final Instant END = Instant.parse("2026-11-21T18:00:00.500Z");
  private static final BackendRef BACKEND =
      BackendRef.to(UpstreamSpec.plain(new BackendPort(new ServiceName("shop", "web"), "http", 0)));
  private static final Route ROUTE =
      new Route(
          "Ingress shop/front",
          RouteMatch.path("*.example", PathType.PREFIX, "/a"),
          List.of(),
          new RouteAction.Forward(List.of(BACKEND)),
          RoutePolicy.DEFAULT);

  private static SampleRequest request() {
    return SampleRequest.of("GET", ROUTE, 200)
        .to(BACKEND)
        .field("X-Request-ID", "0123abcd")
        .field("Referer", "https://r.example/")
        .field("Cookie", "a=1; b=2")
        .field("Authorization", "Basic YW5uOnMzY3JldA==");
  }

  private static String line(String format, ServedRequest request) {
    StringBuilder out = new StringBuilder();
    LogTemplate.compile(format, false).write(out, request, END);
    return out.toString();
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "$remote_addr | 192.0.2.7",
        "$remote_user | ann",
        "$time_local | 21/Nov/2026:18:00:00 +0000",
        "$time_iso8601 | 2026-11-21T18:00:00+00:00",
        "$msec | 1795284000.500",
        "$request | GET /a?b=c HTTP/1.1",
        "$request_method $request_uri $server_protocol | GET /a?b=c HTTP/1.1",
        "$uri$is_args$args | /a?b=c",
        "$scheme://$host:$server_port | https://shop.example:443",
        "$status $body_bytes_sent $request_length $request_time | 200 2000 3 0.030",
        "$http_referer $http_user_agent | https://r.example/ test/1",
        "$arg_b $cookie_b | c 2",
        "$upstream_addr $upstream_status $upstream_response_time | 10.0.0.1:8080 200 0.020",
        "$upstream_response_length | 2000",
        "[$proxy_upstream_name] [$proxy_alternative_upstream_name] | [shop-web-http] [-]",
        "$namespace/$ingress_name $service_name:$service_port | shop/front web:http",
        "$server_name $location_path | *.example /a",
        "$req_id$request_id | 0123abcd0123abcd",
        "${status}s | 200s",
        "$https $ssl_protocol | on -",
        "$http_nothing $arg_nothing | - -",
        "$ $$ ${status 100% | $ $$ ${status 100%",
        "text alone | text alone",
      })
  void variableSaysWhatItSaysInNginx(String format, String expected) {
    assertThat(line(format, request())).isEqualTo(expected);
    assertThat(LogTemplate.compile(format, false).unknown()).isEmpty();
  }

  @Test
  void unknownVariablesAreNamedAndTheRestWorks() {
    String format = "$status $geoip_country_code $upstream_cache_status $sent_http_x $remote_addr";
    assertThat(LogTemplate.compile(format, false).unknown())
        .containsExactly("geoip_country_code", "upstream_cache_status", "sent_http_x");
    assertThat(line(format, request())).isEqualTo("200 - - - 192.0.2.7");
  }

  @Test
  void formatOfIngressNginxIsItsOwnLine() {
    String format =
        "$remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\""
            + " \"$http_user_agent\" $request_length $request_time [$proxy_upstream_name] []"
            + " $upstream_addr $upstream_response_length $upstream_response_time $upstream_status"
            + " $req_id";
    StringBuilder usual = new StringBuilder();
    new TextLine(AccessLogFormat.UPSTREAMINFO).write(usual, request(), END);
    assertThat(line(format, request())).isEqualTo(usual.toString());
  }

  @Test
  void backendThatDidNotAnswerHasNoStatus() {
    assertThat(line("$status $upstream_status", request().because(Why.BACKEND_CLOSED)))
        .isEqualTo("200 -");
  }

  @ParameterizedTest(name = "JSON: {0}")
  @ValueSource(booleans = {false, true})
  void whatClientsSendStaysInItsPlace(boolean json) {
    StringBuilder out = new StringBuilder();
    LogTemplate.compile("{\"x\":\"$http_x\"}", json)
        .write(out, request().field("X", "a\"\r\n,\u001b\u0080\\"), END);
    assertThat(out)
        .isEqualToIgnoringCase(
            json
                ? "{\"x\":\"a\\\"\\u000d\\u000a,\\u001b\\u0080\\\\\"}"
                : "{\"x\":\"a\\x22\\x0d\\x0a,\\x1b\\x80\\x5c\"}");
  }

  @Test
  void linesOfTheFormatAreOneLine() {
    assertThat(line("$status\n$remote_addr\r\n", request())).isEqualTo("200 192.0.2.7  ");
  }

  @Test
  void requestThatWasNoHttpHasALine() {
    ServedRequest refused = UnroutedRequest.refused(new Client("192.0.2.7", false, false, 80), 400);
    assertThat(line("$remote_addr \"$request\" $status $host $ingress_name", refused))
        .isEqualTo("192.0.2.7 \"-\" 400 - -");
  }

  @Test
  void optionsTakeTheTemplateInPlaceOfTheirFormat() {
    AccessLogOptions options =
        AccessLogOptions.of(AccessLogFormat.JSON)
            .withTemplate(LogTemplate.compile("$status", false));
    StringBuilder out = new StringBuilder();
    options.format().writer(options).write(out, request(), END);
    assertThat(out).hasToString("200");
  }
}
