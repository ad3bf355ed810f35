// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * What the protocol asks of a server: each row is a duty by its number, a query and what its
 * response is. Duties that need sockets or upstreams have their tests in other classes, listed
 * here.
 *
 * <p>A query is a name, a type and words: {@code +rd +cd +ad +z +aa +tc +ra +qr} flags, {@code
 * +opcode=N}, {@code +rcode=N}, {@code +class=N}, {@code +qd=N}, {@code +an=N} (counts alone),
 * {@code +edns}, {@code +do}, {@code +size=N}, {@code +version=N}, {@code +zflags=N}, {@code
 * +opt=CODE:HEX}, {@code +edns2} (a second OPT), {@code +owner} (of OPT, not the root), {@code
 * +over=TRANSPORT}, {@code +cut=N} (octets off the end).
 */
class DutiesTest {
  private static final String WEB = "web.default.svc.cluster.local.";
  private static final String BIG = "big.default.svc.cluster.local.";

  static final List<String> ROWS =
      List.of(
          "0  dynamic update is not implemented | cluster.local. SOA +opcode=5 | NOTIMP 0 an 0 ns",
          "1  a response is dropped             | WEB A +qr         | dropped",
          "1  reserved flag is ignored          | WEB A +z          | NOERROR 1 an 0 ns aa",
          "1  code of a query is ignored        | WEB A +rcode=5    | NOERROR 1 an 0 ns aa",
          "1  AA, TC and RA of it are ignored   | WEB A +aa +tc +ra | NOERROR 1 an 0 ns aa",
          "1  RD is copied                      | WEB A +rd         | NOERROR 1 an 0 ns aa rd",
          "1  CD is copied                      | WEB A +cd         | NOERROR 1 an 0 ns aa cd",
          "1  AD is not                         | WEB A +ad         | NOERROR 1 an 0 ns aa",
          "2  IQUERY                            | WEB A +opcode=1   | NOTIMP 0 an 0 ns",
          "2  STATUS                            | WEB A +opcode=2   | NOTIMP 0 an 0 ns",
          "2  NOTIFY, as there are no masters   | cluster.local. SOA +opcode=4 +aa | NOTIMP 0 an 0 ns",
          "2  unknown opcode                    | WEB A +opcode=15  | NOTIMP 0 an 0 ns",
          "2  two questions (RFC 9619)          | WEB A +qd=2       | FORMERR 0 an 0 ns",
          "2  no question                       | WEB A +qd=0       | FORMERR 0 an 0 ns",
          "2  no question but a cookie          | - +opt=10:0102030405060708 | NOERROR 0 an 0 ns opt 10",
          "3  CH, version                       | version.bind. TXT +class=3  | NOERROR 1 an 0 ns",
          "3  CH, name of the server            | id.server. TXT +class=3     | NOERROR 1 an 0 ns",
          "3  CH, anything else                 | WEB A +class=3    | REFUSED 0 an 0 ns",
          "3  HS                                | WEB A +class=4    | REFUSED 0 an 0 ns",
          "3  class NONE                        | WEB A +class=254  | REFUSED 0 an 0 ns",
          "3  class ANY                         | WEB A +class=255  | REFUSED 0 an 0 ns",
          "3  type 0                            | WEB TYPE0         | FORMERR 0 an 0 ns",
          "3  type OPT                          | WEB TYPE41        | FORMERR 0 an 0 ns",
          "3  MAILA                             | WEB TYPE254       | NOERROR 0 an 1 ns aa",
          "3  MAILB                             | WEB TYPE253       | NOERROR 0 an 1 ns aa",
          "3  AXFR over UDP                     | cluster.local. AXFR | REFUSED 0 an 0 ns",
          "3  IXFR over UDP                     | cluster.local. IXFR | REFUSED 0 an 0 ns",
          "4  ANY (RFC 8482)                    | WEB ANY           | NOERROR 1 an 0 ns aa HINFO",
          "4  ANY over TCP                      | WEB ANY +over=TCP | NOERROR 1 an 0 ns aa HINFO",
          "4  ANY of a missing name             | nope.default.svc.cluster.local. ANY | NXDOMAIN 0 an 1 ns aa",
          "5  letter case is kept               | wEb.DeFault.svc.CLUSTER.local. A | NOERROR 1 an 0 ns aa",
          "6  OPT is answered with OPT          | WEB A +edns       | NOERROR 1 an 0 ns aa opt",
          "6  a size below 512 is 512           | WEB A +edns +size=0 | NOERROR 1 an 0 ns aa opt",
          "6  version 1                         | WEB A +version=1  | BADVERS 0 an 0 ns opt",
          "6  version 255, options              | WEB A +version=255 +opt=3: | BADVERS 0 an 0 ns opt",
          "6  unknown option                    | WEB A +opt=100:00 | NOERROR 1 an 0 ns aa opt",
          "6  client subnet (RFC 7871)          | WEB A +opt=8:00010000 | NOERROR 1 an 0 ns aa opt",
          "6  two OPT                           | WEB A +edns +edns2 | FORMERR 0 an 0 ns",
          "6  OPT not of the root               | WEB A +edns +owner | FORMERR 0 an 0 ns",
          "6  an option that is cut             | WEB A +opt=100:0000 +cut=1 | FORMERR 0 an 0 ns",
          "6  other flags of EDNS               | WEB A +edns +zflags=127 | NOERROR 1 an 0 ns aa opt",
          "6  NSID (RFC 5001)                   | WEB A +opt=3:     | NOERROR 1 an 0 ns aa opt 3",
          "7  DO is copied                      | WEB A +do         | NOERROR 1 an 0 ns aa opt do",
          "7  DNSKEY                            | cluster.local. DNSKEY +do | NOERROR 0 an 1 ns aa opt do",
          "7  DS                                | WEB DS +do        | NOERROR 0 an 1 ns aa opt do",
          "7  RRSIG                             | WEB RRSIG         | NOERROR 0 an 1 ns aa",
          "7  NSEC                              | WEB NSEC          | NOERROR 0 an 1 ns aa",
          "8  512 octets without EDNS           | BIG A             | NOERROR 29 an 0 ns aa tc",
          "8  what the client takes             | BIG A +size=800   | NOERROR 46 an 0 ns aa tc opt",
          "8  never more than 1232              | BIG A +size=4096  | NOERROR 73 an 0 ns aa tc opt",
          "8  additional records set no TC      | BIG SRV +over=TCP | NOERROR 199 an 0 ns aa",
          "9  everything over TCP               | BIG A +over=TCP   | NOERROR 199 an 0 ns aa",
          "9  keepalive (RFC 7828)              | WEB A +over=TCP +opt=11: | NOERROR 1 an 0 ns aa opt 11",
          "9  not over UDP                      | WEB A +opt=11:    | NOERROR 1 an 0 ns aa opt",
          "10 a cookie is given                 | WEB A +opt=10:0102030405060708 | NOERROR 1 an 0 ns aa opt 10",
          "10 too short                         | WEB A +opt=10:01020304050607 | FORMERR 0 an 0 ns",
          "14 extended errors with EDNS         | example.com. A +edns | REFUSED 0 an 0 ns opt 15",
          "14 none without                      | example.com. A    | REFUSED 0 an 0 ns",
          "15 a name between names              | _tcp.web.default.svc.cluster.local. A | NOERROR 0 an 1 ns aa",
          "15 another                           | dns.cluster.local. A | NOERROR 0 an 1 ns aa",
          "16 A has something                   | WEB A             | NOERROR 1 an 0 ns aa",
          "16 AAAA has the same code            | WEB AAAA          | NOERROR 0 an 1 ns aa",
          "17 HTTPS                             | WEB HTTPS         | NOERROR 0 an 1 ns aa",
          "17 SVCB                              | WEB SVCB          | NOERROR 0 an 1 ns aa",
          "17 where encrypted DNS is (RFC 9462) | _dns.resolver.arpa. SVCB | NOERROR 0 an 0 ns aa",
          "18 localhost (RFC 6761)              | localhost. A      | NOERROR 1 an 0 ns aa",
          "18 invalid                           | x.invalid. A      | NXDOMAIN 0 an 0 ns aa",
          "18 onion (RFC 7686)                  | x.onion. A        | NXDOMAIN 0 an 0 ns aa",
          "19 padding (RFC 7830)                | WEB A +over=TLS +opt=12:00 | NOERROR 1 an 0 ns aa opt 12",
          "19 not where others can read         | WEB A +over=TCP +opt=12:00 | NOERROR 1 an 0 ns aa opt",
          "20 transfers are refused             | cluster.local. AXFR +over=TCP | REFUSED 0 an 0 ns",
          "21 counts of records that are not    | WEB A +an=65535   | FORMERR 0 an 0 ns",
          "21 half a question                   | WEB A +cut=3      | FORMERR 0 an 0 ns",
          "21 half a header                     | - +cut=2          | dropped");

  /** Tests with sockets or upstreams, by duty. */
  private static final Map<Integer, List<String>> ELSEWHERE =
      Map.ofEntries(
          Map.entry(5, List.of("dev.fairway.dns.wire.WireNameTest")),
          Map.entry(8, List.of("dev.fairway.dns.server.batch.BatchSocketIT")),
          Map.entry(
              9,
              List.of("dev.fairway.dns.server.DnsSocketsIT", "dev.fairway.dns.server.TcpLimitsIT")),
          Map.entry(10, List.of("dev.fairway.dns.server.CookiesTest")),
          Map.entry(11, List.of("dev.fairway.dns.server.RateLimitTest")),
          Map.entry(12, List.of("dev.fairway.dns.forward.ForwarderIT")),
          Map.entry(13, List.of("dev.fairway.dns.forward.AnswerCacheTest")),
          Map.entry(18, List.of("dev.fairway.dns.server.LocalNamesTest")),
          Map.entry(
              19,
              List.of("dev.fairway.dns.server.SecureIT", "dev.fairway.dns.server.OtherClientsIT")),
          Map.entry(
              20,
              List.of("dev.fairway.dns.server.TransferIT", "dev.fairway.dns.server.NotifierTest")),
          Map.entry(21, List.of("dev.fairway.dns.server.QueryFuzzTest")));

  private final Exchange exchange =
      new Exchange(ServerOptions.defaults().withNsid("node-1").withVersion("fairway"));

  @Test
  void everyDuty_hasATest() throws Exception {
    TreeSet<Integer> duties = new TreeSet<>();
    for (String row : ROWS) {
      duties.add(Integer.valueOf(row.substring(0, 2).strip()));
    }
    for (Map.Entry<Integer, List<String>> entry : ELSEWHERE.entrySet()) {
      for (String name : entry.getValue()) {
        assertThat(testsOf(Class.forName(name))).describedAs(name).isNotEmpty();
        duties.add(entry.getKey());
      }
    }
    assertThat(duties).containsExactlyElementsOf(IntStream.rangeClosed(0, 21).boxed().toList());
  }

  private static List<Method> testsOf(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method ->
            method.isAnnotationPresent(Test.class)
                || method.isAnnotationPresent(ParameterizedTest.class))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ROWS")
  void duty(String row) throws IOException {
    String[] cells = row.split(" *\\| *");
    List<String> words =
        new ArrayList<>(List.of(cells[1].replace("WEB", WEB).replace("BIG", BIG).split(" +")));
    String over = take(words, "+over=", "UDP");
    byte[] query = query(words);

    byte[] response = exchange.from(Transport.valueOf(over), "198.51.100.100").send(query);

    assertThat(response == null ? "dropped" : describe(query, response))
        .describedAs(row)
        .isEqualTo(cells[2].strip());
  }

  private static String take(List<String> words, String prefix, String otherwise) {
    for (String word : words) {
      if (word.startsWith(prefix)) {
        words.remove(word);
        return word.substring(prefix.length());
      }
    }
    return otherwise;
  }

  private static int number(List<String> words, String prefix, int otherwise) {
    return Integer.parseInt(take(words, prefix, "" + otherwise));
  }

  private static byte[] query(List<String> words) throws IOException {
    boolean question = !words.getFirst().equals("-");
    int flags = number(words, "+opcode=", 0) << 11 | number(words, "+rcode=", 0);
    String[] names = {"+qr", "+aa", "+tc", "+rd", "+ra", "+z", "+ad", "+cd"};
    int[] bits = {0x8000, 0x400, 0x200, 0x100, 0x80, 0x40, 0x20, 0x10};
    for (int i = 0; i < names.length; i++) {
      flags |= words.remove(names[i]) ? bits[i] : 0;
    }
    int cut = number(words, "+cut=", 0);
    int questions = number(words, "+qd=", question ? 1 : 0);
    int answers = number(words, "+an=", 0);
    int klass = number(words, "+class=", 1);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int i = 0; i < questions; i++) {
      body.writeBytes(Name.fromString(words.get(0)).toWire());
      body.writeBytes(shorts(Type.value(words.get(1)), klass));
    }
    byte[] opt = opt(words);
    int additionals = opt.length == 0 ? 0 : 1;
    body.writeBytes(opt);
    if (words.contains("+edns2")) {
      body.writeBytes(opt);
      additionals++;
    }
    ByteArrayOutputStream query = new ByteArrayOutputStream();
    query.writeBytes(shorts(0xbeef, flags, questions, answers, 0, additionals));
    query.writeBytes(body.toByteArray());
    return Arrays.copyOf(query.toByteArray(), query.size() - cut);
  }

  private static byte[] opt(List<String> words) {
    int size = number(words, "+size=", -1);
    int version = number(words, "+version=", -1);
    int zflags = number(words, "+zflags=", 0);
    boolean dnssec = words.remove("+do");
    String option = take(words, "+opt=", "");
    if (size < 0 && version < 0 && !dnssec && option.isEmpty() && !words.remove("+edns")) {
      return new byte[0];
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    if (!option.isEmpty()) {
      String[] parts = option.split(":", -1);
      byte[] octets = HexFormat.of().parseHex(parts[1]);
      data.writeBytes(shorts(Integer.parseInt(parts[0]), octets.length));
      data.writeBytes(octets);
    }
    ByteArrayOutputStream opt = new ByteArrayOutputStream();
    opt.writeBytes(words.remove("+owner") ? new byte[] {1, 'a', 0} : new byte[1]);
    opt.writeBytes(shorts(Type.OPT, size < 0 ? 1232 : size));
    opt.writeBytes(shorts(Math.max(version, 0), (dnssec ? 0x8000 : 0) | zflags, data.size()));
    opt.writeBytes(data.toByteArray());
    return opt.toByteArray();
  }

  private static byte[] shorts(int... values) {
    byte[] bytes = new byte[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[2 * i] = (byte) (values[i] >> 8);
      bytes[2 * i + 1] = (byte) values[i];
    }
    return bytes;
  }

  private static String describe(byte[] query, byte[] response) throws IOException {
    Message message = new Message(response);
    assertThat(Arrays.copyOf(response, 2))
        .describedAs("identifier")
        .isEqualTo(Arrays.copyOf(query, 2));
    int rcode = message.getRcode();
    StringBuilder text = new StringBuilder(Rcode.string(rcode));
    text.append(' ').append(message.getSection(Section.ANSWER).size()).append(" an ");
    text.append(message.getSection(Section.AUTHORITY).size()).append(" ns");
    if (message.getQuestion() != null) {
      int end = 12 + message.getQuestion().getName().length() + 4;
      assertThat(Arrays.copyOfRange(response, 12, end))
          .describedAs("the question, octet by octet")
          .isEqualTo(Arrays.copyOfRange(query, 12, end));
    }
    for (int flag : new int[] {Flags.AA, Flags.TC, Flags.RD, Flags.RA, Flags.AD, Flags.CD}) {
      if (message.getHeader().getFlag(flag)) {
        text.append(' ').append(Flags.string(flag));
      }
    }
    assertThat(response[3] & 0x40).describedAs("reserved flag").isZero();
    if (rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP || rcode == Rcode.BADVERS) {
      assertThat(response.length).describedAs("octets").isLessThanOrEqualTo(query.length);
    }
    for (var record : message.getSection(Section.ANSWER)) {
      if (record.getType() == Type.HINFO) {
        text.append(" HINFO");
      }
    }
    if (message.getOPT() != null) {
      text.append(" opt");
      text.append((message.getOPT().getFlags() & 0x8000) != 0 ? " do" : "");
      assertThat(message.getOPT().getFlags() & 0x7fff).isZero();
      assertThat(message.getOPT().getVersion()).isZero();
      message.getOPT().getOptions().forEach(option -> text.append(' ').append(option.getCode()));
    }
    return text.toString();
  }
}
