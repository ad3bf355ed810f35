// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.listener.ConnectionLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** More connections than are allowed are closed, and little memory is kept for what is begun. */
class OverloadIT {
  private final List<AutoCloseable> open = new ArrayList<>();
  private volatile double memory;

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  private GatewayFixture start(ConnectionLimits limits) throws IOException {
    GatewayFixture fixture = new GatewayFixture(GatewayFixture.options().withConnections(limits));
    open.add(fixture);
    fixture.everythingTo(fixture.backend("a"));
    fixture.gateway().guardMemory(() -> memory);
    return fixture;
  }

  private RawClient connect(InetSocketAddress gateway, String from) throws IOException {
    InetAddress own = InetAddress.getByName(from);
    RawClient client = new RawClient(new Socket(gateway.getAddress(), gateway.getPort(), own, 0));
    open.add(client);
    return client;
  }

  /** Of a connection that is served, the status; else "closed". */
  private static String outcome(RawClient client) throws IOException {
    try {
      return Integer.toString(client.get("h", "/").status());
    } catch (IOException closed) {
      return "closed";
    }
  }

  static Stream<Arguments> limits() {
    return Stream.of(
        Arguments.of("all", new ConnectionLimits(2, 9, 0), "closed"),
        Arguments.of("of a listener", new ConnectionLimits(9, 2, 0), "closed"),
        Arguments.of("of a client", new ConnectionLimits(9, 9, 2), "200"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("limits")
  void connectionsAboveALimitAreClosed(String name, ConnectionLimits limits, String another)
      throws IOException {
    GatewayFixture fixture = start(limits);
    InetSocketAddress http = Objects.requireNonNull(fixture.gateway().httpAddress());
    RawClient first = connect(http, "127.0.0.1");
    assertThat(outcome(first)).isEqualTo("200");
    assertThat(outcome(connect(http, "127.0.0.1"))).isEqualTo("200");
    assertThat(outcome(connect(http, "127.0.0.1"))).as("the third").isEqualTo("closed");
    RawClient other = connect(http, "127.0.0.2");
    assertThat(outcome(other)).as("the third, of another client").isEqualTo(another);
    assertThat(fixture.gateway().counters().connectionsRefused())
        .isEqualTo(another.equals("200") ? 1 : 2);
    other.close();
    first.close();
    GatewayFixture.await(() -> fixture.gateway().counters().connections() == 1);
    assertThat(outcome(connect(http, "127.0.0.1"))).as("after the first").isEqualTo("200");
  }

  @Test
  void aFullListenerDoesNotFillOthers() throws IOException {
    GatewayFixture fixture = start(new ConnectionLimits(9, 1, 0));
    InetSocketAddress http = Objects.requireNonNull(fixture.gateway().httpAddress());
    InetSocketAddress https = Objects.requireNonNull(fixture.gateway().httpsAddress());
    assertThat(outcome(connect(http, "127.0.0.1"))).isEqualTo("200");
    RawClient encrypted = connect(https, "127.0.0.1");
    encrypted.send("no ClientHello");
    assertThat(encrypted.in().read()).as("an alert of TLS").isEqualTo(21);
  }

  @Test
  void littleMemoryTurnsRequestsAwayThenConnections() throws IOException {
    GatewayFixture fixture = start(ConnectionLimits.DEFAULT);
    InetSocketAddress http = Objects.requireNonNull(fixture.gateway().httpAddress());
    RawClient early = connect(http, "127.0.0.1");
    assertThat(outcome(early)).isEqualTo("200");
    memory = 0.96;
    becomes(http, "503");
    assertThat(early.get("h", "/").body()).contains("short of memory");
    memory = 0.99;
    becomes(http, "closed");
    assertThat(outcome(early)).as("a connection that is open").isEqualTo("503");
    memory = 0.92;
    becomes(http, "503");
    memory = 0.5;
    becomes(http, "200");
    assertThat(outcome(early)).isEqualTo("200");
    assertThat(fixture.gateway().metrics()).contains("why=\"no_memory\"");
  }

  private void becomes(InetSocketAddress gateway, String outcome) {
    GatewayFixture.await(() -> {
      try (RawClient client = connect(gateway, "127.0.0.1")) {
        return outcome(client).equals(outcome);
      } catch (IOException refused) {
        return outcome.equals("closed");
      }
    });
  }
}
