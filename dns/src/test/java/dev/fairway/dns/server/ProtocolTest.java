// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** What RFC 8906 asks of a server, message by message, in hexadecimal. */
class ProtocolTest {
  /** web.default.svc.cluster.local. A IN */
  private static final String QUESTION =
      "03776562 0764656661756c74 03737663 07636c7573746572 056c6f63616c 00 0001 0001";

  private static final String OPT = "00 0029 1000 00 00 0000 0000";

  private Exchange exchange = Exchange.withDefaults();

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "plain question          | 0100 0001 0000 0000 0000 | Q     | NOERROR 1 answer, aa rd",
        "no recursion desired    | 0000 0001 0000 0000 0000 | Q     | NOERROR 1 answer, aa",
        "CD is copied            | 0010 0001 0000 0000 0000 | Q     | NOERROR 1 answer, aa cd",
        "AD is not copied        | 0020 0001 0000 0000 0000 | Q     | NOERROR 1 answer, aa",
        "Z is cleared            | 0040 0001 0000 0000 0000 | Q     | NOERROR 1 answer, aa",
        "AA, TC, RA are ignored  | 0680 0001 0000 0000 0000 | Q     | NOERROR 1 answer, aa",
        "a code is ignored       | 0005 0001 0000 0000 0000 | Q     | NOERROR 1 answer, aa",
        "opcode 15               | 7800 0001 0000 0000 0000 | Q     | NOTIMP 0 answer",
        "opcode STATUS, no body  | 1000 0000 0000 0000 0000 |       | NOTIMP 0 answer",
        "UPDATE                  | 2800 0001 0000 0000 0000 | Q     | NOTIMP 0 answer",
        "NOTIFY                  | 2000 0001 0000 0000 0000 | Q     | NOTIMP 0 answer",
        "no question             | 0100 0000 0000 0000 0000 |       | FORMERR 0 answer, rd",
        "two questions           | 0100 0002 0000 0000 0000 | QQ    | FORMERR 0 answer, rd",
        "counts without records  | 0100 0001 ffff ffff ffff | Q     | FORMERR 0 answer, rd",
        "missing OPT             | 0100 0001 0000 0000 0001 | Q     | FORMERR 0 answer, rd",
        "EDNS                    | 0100 0001 0000 0000 0001 | QO    | NOERROR 1 answer, aa rd, opt 0",
        "two OPT                 | 0100 0001 0000 0000 0002 | QOO   | FORMERR 0 answer, rd",
        "OPT in the answer       | 0100 0001 0001 0000 0000 | QO    | FORMERR 0 answer, rd",
      })
  void header(String name, String header, String body, String expected) throws IOException {
    String hex =
        "beef" + header + (body == null ? "" : body.replace("Q", QUESTION).replace("O", OPT));

    assertThat(describe(ask(hex))).describedAs(name).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "version 0, DO         | 00 0029 1000 00 00 8000 0000           | NOERROR 1 answer, aa, opt 0 do",
        "other flags cleared   | 00 0029 1000 00 00 0080 0000           | NOERROR 1 answer, aa, opt 0",
        "version 1             | 00 0029 1000 00 01 0000 0000           | BADVERS 0 answer, opt 0",
        "version 1 and option  | 00 0029 1000 00 01 0000 0004 0064 0000 | BADVERS 0 answer, opt 0",
        "unknown option        | 00 0029 1000 00 00 0000 0004 0064 0000 | NOERROR 1 answer, aa, opt 0",
        "size below 512        | 00 0029 0001 00 00 0000 0000           | NOERROR 1 answer, aa, opt 0",
        "owner not root        | 0161 00 0029 1000 00 00 0000 0000      | FORMERR 0 answer",
        "option past the end   | 00 0029 1000 00 00 0000 0004 0064 0001 | FORMERR 0 answer",
        "half an option        | 00 0029 1000 00 00 0000 0002 0064      | FORMERR 0 answer",
        "short cookie          | 00 0029 1000 00 00 0000 0008 000a 0004 01020304 | FORMERR 0 answer",
        "client cookie         | 00 0029 1000 00 00 0000 000c 000a 0008 0102030405060708 | NOERROR 1 answer, aa, opt 0",
      })
  void edns(String name, String opt, String expected) throws IOException {
    assertThat(describe(ask("beef 0000 0001 0000 0000 0001" + QUESTION + opt)))
        .describedAs(name)
        .isEqualTo(expected);
  }

  @Test
  void response_repeatsIdAndQuestionOctetByOctet() throws IOException {
    String mixed = QUESTION.replace("776562", "576542");
    byte[] query = Exchange.hex("beef 0100 0001 0000 0000 0000" + mixed);

    byte[] response = Objects.requireNonNull(answer(query, 512));

    assertThat(Arrays.copyOf(response, 2)).isEqualTo(Arrays.copyOf(query, 2));
    assertThat(Arrays.copyOfRange(response, 12, query.length))
        .isEqualTo(Arrays.copyOfRange(query, 12, query.length));
    assertThat(Arrays.copyOfRange(response, query.length, query.length + 2))
        .describedAs("owner points at the question")
        .isEqualTo(new byte[] {(byte) 0xc0, 12});
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "be",
        "beef0100000100000000",
        "beef8000 0001 0000 0000 0000 00 0001 0001",
        "beef8180 0000 0000 0000 0000",
      })
  void noQuery_isIgnored(String hex) {
    assertThat(answer(Exchange.hex(hex), 512)).isNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "pointer to itself      | c00c 0001 0001",
        "pointer to the header  | c000 0001 0001",
        "pointer in the middle  | 03776562 c00c 0001 0001",
        "reserved label 0x80    | 80 0001 0001",
        "reserved label 0x40    | 41 61 00 0001 0001",
        "label past the end     | 3f 61 62",
        "no root                | 03776562",
        "no type                | 00",
        "half a class           | 00 0001 00",
        "type 0                 | 00 0000 0001",
        "type OPT               | 00 0029 0001",
      })
  void malformedQuestion_isFormerrWithoutQuestion(String name, String question) {
    byte[] response = answer(Exchange.hex("beef 0100 0001 0000 0000 0000" + question), 512);

    assertThat(response).describedAs(name).isEqualTo(Exchange.hex("beef 8101 0000 0000 0000 0000"));
  }

  @ParameterizedTest(name = "{0} octets")
  @CsvSource({"255, NXDOMAIN", "256, FORMERR"})
  void name_hasAtMost255Octets(int octets, String rcode) throws IOException {
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    int zone = "\7cluster\5local\0".length();
    for (int left = octets - zone; left > 0; ) {
      int size = Math.min(63, left - 1);
      // A rest of one octet could not hold a label.
      size = left - size - 1 == 1 ? size - 1 : size;
      name.write(size);
      name.writeBytes(new byte[size]);
      left -= size + 1;
    }
    name.writeBytes("\7cluster\5local\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertThat(name.size()).isEqualTo(octets);
    String hex =
        "beef 0000 0001 0000 0000 0000"
            + HexFormat.of().formatHex(name.toByteArray())
            + "0001 0001";

    assertThat(describe(ask(hex))).startsWith(rcode);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0003", "00ff", "00fe"})
  void otherClasses_areRefused(String klass) throws IOException {
    String question = QUESTION.substring(0, QUESTION.length() - 4) + klass;

    assertThat(describe(ask("beef 0000 0001 0000 0000 0000" + question)))
        .isEqualTo("REFUSED 0 answer");
  }

  @Test
  void foreignName_isRefusedWithoutUpstream() throws IOException {
    assertThat(describe(ask("beef 0100 0001 0000 0000 0000 03636f6d00 0001 0001")))
        .isEqualTo("REFUSED 0 answer, rd");
  }

  @Test
  void nsid_isToldWhenAsked() throws IOException {
    exchange = new Exchange(ServerOptions.defaults().withNsid("node-1"));
    String asks = "00 0029 1000 00 00 0000 0004 0003 0000";

    Message response = ask("beef 0000 0001 0000 0000 0001" + QUESTION + asks);
    assertThat(response.getOPT().getOptions(3)).hasSize(1);
    assertThat(ask("beef 0000 0001 0000 0000 0001" + QUESTION + OPT).getOPT().getOptions())
        .isEmpty();
  }

  static IntStream payloads() {
    return IntStream.iterate(0, size -> size <= 4096, size -> size + 12);
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void udpResponse_isNeverLargerThanAllowed(int payload) throws IOException {
    String name = "03626967 0764656661756c74 03737663 07636c7573746572 056c6f63616c 00";
    int allowed = Math.clamp(payload, 512, 1232);
    String opt = "00 0029" + HexFormat.of().toHexDigits((short) payload) + "00 00 0000 0000";
    for (String type : new String[] {"0001", "0021"}) {
      byte[] query = Exchange.hex("beef 0000 0001 0000 0000 0001" + name + type + "0001" + opt);

      byte[] response = Objects.requireNonNull(answer(query, allowed));

      Message message = new Message(response);
      assertThat(message.getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(message.getSection(Section.ANSWER)).isNotEmpty().doesNotHaveDuplicates();
      int record = type.equals("0001") ? 16 : 18 + 11 + 30;
      assertThat(response.length)
          .describedAs("fills the space")
          .isGreaterThan(allowed - record - 6);
    }
  }

  @Test
  void tcpResponse_isWhole() throws IOException {
    exchange.from(Transport.TCP, "198.51.100.100");
    String name = "03626967 0764656661756c74 03737663 07636c7573746572 056c6f63616c 00";
    for (String type : new String[] {"0001", "0021"}) {
      Message message = exchange.ask("beef 0000 0001 0000 0000 0000" + name + type + "0001");

      assertThat(message.getHeader().getFlag(Flags.TC)).isFalse();
      assertThat(message.getSection(Section.ANSWER)).hasSize(199).doesNotHaveDuplicates();
      assertThat(message.getSection(Section.ADDITIONAL)).hasSize(type.equals("0001") ? 0 : 199);
    }
  }

  @Test
  void truncatedAnswers_spreadOverAllEndpoints() throws IOException {
    String name = "03626967 0764656661756c74 03737663 07636c7573746572 056c6f63616c 00";
    byte[] query = Exchange.hex("beef 0000 0001 0000 0000 0000" + name + "0001 0001");
    java.util.Map<String, Integer> seen = new java.util.HashMap<>();
    int records = 0;
    for (int i = 0; i < 4000; i++) {
      Message message = new Message(Objects.requireNonNull(answer(query, 512)));
      for (org.xbill.DNS.Record record : message.getSection(Section.ANSWER)) {
        seen.merge(record.rdataToString(), 1, Integer::sum);
        records++;
      }
    }
    double mean = records / 199.0;
    double chiSquare =
        seen.values().stream().mapToDouble(n -> (n - mean) * (n - mean) / mean).sum();

    assertThat(seen).hasSize(199);
    // Neighbours come together, so the sum is larger than for single draws; a fixed start gives
    // hundreds of thousands.
    assertThat(chiSquare).isLessThan(199 * 29 * 2.0);
  }

  @Test
  void garbage_neverThrowsAndIsAnsweredWithAtMostAQuestion() {
    Random random = new Random(20_261_121);
    byte[] seedQuery = Exchange.hex("beef 0100 0001 0000 0000 0001" + QUESTION + OPT);
    for (int i = 0; i < 200_000; i++) {
      byte[] query = seedQuery.clone();
      int changes = 1 + random.nextInt(6);
      for (int c = 0; c < changes; c++) {
        query[random.nextInt(query.length)] = (byte) random.nextInt();
      }
      int length = random.nextInt(8) == 0 ? random.nextInt(query.length) : query.length;

      byte[] response = answer(Arrays.copyOf(query, length), 1232);

      if (response == null) {
        assertThat(length < 12 || query[2] < 0)
            .describedAs(HexFormat.of().formatHex(query))
            .isTrue();
      } else {
        assertThat(response[2]).describedAs("is a response").isNegative();
        assertThat(response.length).isBetween(12, 1232);
      }
    }
  }

  private Message ask(String hex) throws IOException {
    return new Message(Objects.requireNonNull(answer(Exchange.hex(hex), 1232)));
  }

  private byte @org.jspecify.annotations.Nullable [] answer(byte[] query, int max) {
    byte[] response = exchange.send(query);
    assertThat(response == null ? 0 : response.length).isLessThanOrEqualTo(max);
    return response;
  }

  private static String describe(Message message) {
    StringBuilder text = new StringBuilder(Rcode.string(message.getRcode()));
    text.append(' ').append(message.getSection(Section.ANSWER).size()).append(" answer");
    assertThat(message.getHeader().getFlag(Flags.QR)).isTrue();
    String flags = message.getHeader().printFlags().replace("qr", "").strip();
    text.append(flags.isEmpty() ? "" : ", " + flags);
    if (message.getOPT() != null) {
      text.append(", opt ").append(message.getOPT().getVersion());
      text.append((message.getOPT().getFlags() & 0x8000) != 0 ? " do" : "");
      assertThat(message.getOPT().getPayloadSize()).isEqualTo(1232);
      assertThat(message.getOPT().getFlags() & 0x7fff).isZero();
    }
    return text.toString();
  }
}
