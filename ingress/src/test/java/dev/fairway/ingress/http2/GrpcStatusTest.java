// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The words of gRPC for answers and timeouts. */
class GrpcStatusTest {
  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "400, 13", "401, 16", "403, 7", "404, 12", "408, 4", "413, 8", "429, 14", "502, 14", "503, 14",
    "504, 4", "418, 2",
  })
  void statusHasACode(int status, int code) {
    assertThat(GrpcStatus.code(status)).isEqualTo(code);
  }

  @ParameterizedTest(name = "{0} is {1} ns")
  @CsvSource({
    "1H, 3600000000000",
    "2M, 120000000000",
    "3S, 3000000000",
    "4m, 4000000",
    "5u, 5000",
    "6n, 6",
    "99999999n, 99999999",
    "100000000n, -1",
    "'', -1",
    "S, -1",
    "5, -1",
    "5s, -1",
    "-5S, -1",
    "5 S, -1",
  })
  void timeoutIsRead(String text, long nanos) {
    assertThat(GrpcStatus.timeoutNanos(text)).isEqualTo(nanos);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "application/grpc, true",
    "application/grpc+proto, true",
    "application/grpc;x=y, true",
    "application/grpc-web, false",
    "application/json, false",
  })
  void grpcIsKnownByItsContentType(String type, boolean grpc) {
    HttpFields fields = new HttpFields();
    fields.add(Field.CONTENT_TYPE, type);
    assertThat(GrpcStatus.isGrpc(fields)).isEqualTo(grpc);
  }

  @Test
  void messageIsPercentEncoded() {
    HttpFields fields = new HttpFields();
    fields.add(Field.CONTENT_LENGTH, "9");
    GrpcStatus.rewrite(503, fields, "100% l\u00e0\n");
    assertThat(fields.get("grpc-message")).isEqualTo("100%25 l%E0");
    assertThat(fields.get("grpc-status")).isEqualTo("14");
    assertThat(fields.count(Field.CONTENT_LENGTH)).isZero();
  }
}
