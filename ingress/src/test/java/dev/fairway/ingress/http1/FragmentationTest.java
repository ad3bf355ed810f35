// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.ingress.HostileHttp1;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How the network cuts the bytes of a request must not change what is understood. */
class FragmentationTest {
  private static final int RANDOM_CUTS = 50;

  static Stream<Arguments> corpus() {
    return Stream.concat(
        HostileHttp1.refused().map(row -> Arguments.of(row.get()[0], row.get()[2])),
        HostileHttp1.understood().map(row -> Arguments.of(row.get()[0], row.get()[1])));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("corpus")
  void cutsMakeNoDifference(String name, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    String whole = understand(bytes, new int[0]);
    Random random = new Random(name.hashCode());
    for (int i = 0; i < RANDOM_CUTS; i++) {
      int[] cuts = random.ints(1 + random.nextInt(4), 0, bytes.length).sorted().toArray();
      assertThat(understand(bytes, cuts)).as(Arrays.toString(cuts)).isEqualTo(whole);
    }
    int[] everywhere = new int[Math.min(bytes.length, 600)];
    Arrays.setAll(everywhere, at -> at);
    assertThat(understand(bytes, everywhere)).as("byte by byte").isEqualTo(whole);
  }

  /** All requests in the bytes, in words, up to the first malformed one. */
  private static String understand(byte[] bytes, int[] cuts) {
    RequestReader reader = new RequestReader(HttpLimits.DEFAULT);
    StringBuilder words = new StringBuilder();
    ByteBuf in = Unpooled.buffer();
    int from = 0;
    boolean open = true;
    for (int i = 0; i <= cuts.length && open; i++) {
      int to = i == cuts.length ? bytes.length : cuts[i];
      in.writeBytes(bytes, from, to - from);
      from = to;
      open = drain(reader, in, words);
    }
    in.release();
    return words.toString();
  }

  private static boolean drain(RequestReader reader, ByteBuf in, StringBuilder words) {
    while (true) {
      switch (reader.next(in)) {
        case NEED_MORE -> {
          return true;
        }
        case MALFORMED -> {
          words.append("[").append(reader.errorStatus()).append("]");
          return false;
        }
        case HEAD -> {
          RequestHead head = reader.head();
          words.append(head.method()).append(' ').append(head.target()).append('\n');
          words.append(head.fields());
          if (!head.hasBody()) {
            reader.nextRequest();
          }
        }
        case BODY -> {
          ByteBuf piece = reader.takeBody();
          words.append(piece.toString(StandardCharsets.ISO_8859_1));
          piece.release();
        }
        case END -> {
          words.append("|\n");
          reader.nextRequest();
        }
      }
    }
  }
}
