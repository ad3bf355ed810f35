// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.tls.TestCertificates;
import dev.fairway.ingress.tls.TestCertificates.Pem;
import dev.fairway.service.EndpointTable.Conditions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gRPC with the clients and the server of another project, grpcio, where it can be installed. */
class GrpcIT {
  private static final String HOST = "grpc.example";

  @Test
  void callsOfAllKindsPassInClearTextAndOverTls(@TempDir Path folder) throws IOException {
    Pem certificate = TestCertificates.create(HOST);
    Path authority = Files.writeString(folder.resolve("ca.pem"), certificate.certificate());
    try (Python peers = Python.script("grpc_peers.py", HOST, authority);
        GatewayFixture fixture = new GatewayFixture();
        Http2Backend reflecting = new Http2Backend(GrpcIT::reflect);
        UpstreamFixture reflector =
            new UpstreamFixture(BackendProtocol.HTTP2, null).endpoints(reflecting.port())) {
      int port = Integer.parseInt(peers.line());
      fixture.service(
          "calls", List.of(new TestObjects.TestEndpoint("127.0.0.1", port, Conditions.AVAILABLE)));
      fixture.secrets(TestObjects.tlsSecret("own", certificate.certificate(), certificate.key()));
      fixture.ingresses(
          TestObjects.ingress("calls")
              .annotation("nginx.ingress.kubernetes.io/backend-protocol", "GRPC")
              .annotation("nginx.ingress.kubernetes.io/ssl-redirect", "false")
              .tls("own", HOST)
              .host(HOST)
              .prefix("/t.Peer", "calls")
              .build());
      int clear = Objects.requireNonNull(fixture.gateway().httpAddress()).getPort();
      int encrypted = Objects.requireNonNull(fixture.gateway().httpsAddress()).getPort();
      peers.tell(clear + " " + encrypted + " " + reflector.listen(null).getPort());
      assertThat(peers.lines()).containsExactlyElementsOf(expected());
    }
  }

  private static List<String> expected() {
    List<String> lines = new ArrayList<>();
    for (String name : List.of("clear ", "tls ")) {
      lines.add(name + "unary b'hello' a b b'\\x00\\xff'");
      lines.add(name + "empty b''");
      lines.add(name + "4 MiB True");
      lines.add(name + "gzip True");
      lines.add(name + "server stream 1000 b'999'");
      lines.add(name + "client stream b'1000000'");
      lines.add(name + "both ways 20 b'Q19'");
      lines.add(name + "error FAILED_PRECONDITION 'no \\u20ac left: 100 %'");
      lines.add(name + "late error b'first' DATA_LOSS the rest is gone");
      lines.add(name + "unknown method UNIMPLEMENTED");
      lines.add(name + "deadline b'1' DEADLINE_EXCEEDED True");
      lines.add(name + "cancel CANCELLED True");
    }
    lines.add("gzip true trailers application/grpc");
    lines.add("clear backend gone UNAVAILABLE");
    lines.add("tls backend gone UNAVAILABLE");
    return lines;
  }

  /** Answers with what the fields of the request say of its messages. */
  private static void reflect(Http2Client connection, int stream) throws IOException {
    Http2Client.Response request = connection.of(stream);
    boolean small = request.body.size() < 100_000;
    String seen =
        String.join(
            " ",
            request.fields.get("grpc-encoding"),
            Boolean.toString(small),
            request.fields.get("te"),
            request.fields.get("content-type"));
    connection.headers(
        stream,
        true,
        ":status",
        "200",
        "content-type",
        "application/grpc",
        "grpc-status",
        "9",
        "grpc-message",
        seen);
  }
}
