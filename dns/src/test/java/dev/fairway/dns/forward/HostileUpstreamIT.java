// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.fairway.dns.TestClient;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.UpstreamMessage;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Upstreams that lie, stall, or break off: what a client gets, row by row. */
class HostileUpstreamIT {
  private static final String GOOD = "NOERROR 192.0.2.1";
  private static final String LATER = "the good answer comes by TCP";

  /** How an upstream behaves; the one after it, if it is asked, answers 192.0.2.2. */
  interface Behaviour {
    List<byte[]> udp(Message query, FakeUpstream self) throws IOException, InterruptedException;
  }

  private final List<AutoCloseable> open = new ArrayList<>();
  private final CountDownLatch never = new CountDownLatch(1);

  @AfterEach
  void close() throws Exception {
    never.countDown();
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  static List<Arguments> overUdp() {
    return List.of(
        row(
            "wrong identifier, then the right one (CVE-2023-28452)",
            (query, self) -> {
              Message forged = answer(query, "6.6.6.6");
              forged.getHeader().setID(query.getHeader().getID() ^ 1);
              return List.of(forged.toWire(), good(query));
            },
            GOOD),
        row(
            "wrong name",
            (query, self) -> List.of(otherQuestion(query, "www.example.org. A"), good(query)),
            GOOD),
        row(
            "wrong type",
            (query, self) -> List.of(otherQuestion(query, "www.example.com. TXT"), good(query)),
            GOOD),
        row(
            "no question",
            (query, self) -> {
              Message bare = new Message(query.getHeader().getID());
              bare.getHeader().setFlag(Flags.QR);
              return List.of(bare.toWire(), good(query));
            },
            GOOD),
        row("the query itself", (query, self) -> List.of(query.toWire(), good(query)), GOOD),
        row(
            "wrong letter case: the answer is fetched by TCP",
            (query, self) -> List.of(otherCase(query)),
            GOOD),
        row(
            "another sender",
            (query, self) -> {
              try (DatagramSocket stranger =
                  new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                byte[] forged = answer(query, "6.6.6.6").toWire();
                stranger.send(
                    new DatagramPacket(
                        forged,
                        forged.length,
                        InetAddress.getLoopbackAddress(),
                        self.seen().getLast().port()));
              }
              return List.of(good(query));
            },
            GOOD),
        row("3 octets", (query, self) -> List.of(new byte[] {1, 2, 3}, good(query)), GOOD),
        row("no octets", (query, self) -> List.of(new byte[0], good(query)), GOOD),
        row(
            "13 octets with the wrong identifier",
            (query, self) -> List.of(new byte[13], good(query)),
            GOOD),
        row(
            "100 forged answers: " + LATER,
            (query, self) -> {
              List<byte[]> flood = new ArrayList<>();
              for (int i = 1; i <= 100; i++) {
                Message forged = answer(query, "6.6.6.6");
                forged.getHeader().setID(query.getHeader().getID() + i & 0xffff);
                flood.add(forged.toWire());
              }
              return flood;
            },
            GOOD),
        row("truncated: " + LATER, (query, self) -> List.of(truncated(query)), GOOD),
        row("cut in a record: " + LATER, (query, self) -> List.of(cut(good(query), 5)), GOOD),
        row(
            "a record that says it is longer: " + LATER,
            (query, self) -> {
              byte[] wire = good(query);
              wire[wire.length - 5] = 99;
              return List.of(wire);
            },
            GOOD),
        row(
            "65535 records announced: " + LATER,
            (query, self) -> {
              byte[] wire = good(query);
              wire[6] = (byte) 0xff;
              wire[7] = (byte) 0xff;
              return List.of(wire);
            },
            GOOD),
        row(
            "owner points to itself: " + LATER,
            (query, self) -> {
              byte[] wire = good(query);
              int owner = wire.length - 16;
              wire[owner] = (byte) (0xc0 | owner >> 8);
              wire[owner + 1] = (byte) owner;
              return List.of(wire);
            },
            GOOD),
        row(
            "owner points forward: " + LATER,
            (query, self) -> {
              byte[] wire = good(query);
              wire[wire.length - 15] = (byte) (wire.length - 2);
              return List.of(wire);
            },
            GOOD),
        row(
            "label of a reserved kind: " + LATER,
            (query, self) -> {
              byte[] wire = good(query);
              wire[wire.length - 16] = (byte) 0x80;
              return List.of(wire);
            },
            GOOD),
        row(
            "records of other names are left out",
            (query, self) -> {
              Message response = answer(query, "192.0.2.1");
              response.addRecord(
                  FakeUpstream.record("www.bank.test. 300 A 6.6.6.6"), Section.ANSWER);
              return List.of(response.toWire());
            },
            GOOD),
        row(
            "an alias and its address belong together",
            (query, self) -> List.of(aliased(query, "x.example.net.", "x.example.net.")),
            "NOERROR x.example.net. 192.0.2.1"),
        row(
            "an alias and the address of another name",
            (query, self) -> List.of(aliased(query, "x.example.net.", "y.example.net.")),
            "NOERROR x.example.net."),
        row(
            "aliases in a circle",
            (query, self) ->
                List.of(
                    FakeUpstream.response(
                            query,
                            Rcode.NOERROR,
                            "www.example.com. 300 CNAME a.example.com.",
                            "a.example.com. 300 CNAME www.example.com.")
                        .toWire()),
            "NOERROR a.example.com. www.example.com."),
        row(
            "lame: REFUSED",
            (query, self) -> List.of(FakeUpstream.response(query, Rcode.REFUSED).toWire()),
            "NOERROR 192.0.2.2"),
        row(
            "lame: SERVFAIL",
            (query, self) -> List.of(FakeUpstream.response(query, Rcode.SERVFAIL).toWire()),
            "NOERROR 192.0.2.2"),
        row(
            "knows no EDNS",
            (query, self) ->
                List.of(
                    query.getOPT() == null
                        ? good(query)
                        : FakeUpstream.response(query, Rcode.FORMERR).toWire()),
            GOOD),
        row(
            "knows no EDNS and repeats no question",
            (query, self) -> {
              byte[] bare = new byte[12];
              bare[0] = (byte) (query.getHeader().getID() >>> 8);
              bare[1] = (byte) query.getHeader().getID();
              bare[2] = (byte) 0x80;
              bare[3] = 1;
              return List.of(query.getOPT() == null ? good(query) : bare);
            },
            GOOD),
        row("silent", (query, self) -> List.of(), "NOERROR 192.0.2.2"),
        row(
            "NXDOMAIN is an answer",
            (query, self) -> List.of(FakeUpstream.response(query, Rcode.NXDOMAIN).toWire()),
            "NXDOMAIN"));
  }

  private static Arguments row(String name, Behaviour behaviour, String expected) {
    return argumentSet(name, behaviour, expected);
  }

  @ParameterizedTest
  @MethodSource("overUdp")
  void upstream_overUdp(Behaviour behaviour, String expected) throws Exception {
    FakeUpstream[] self = new FakeUpstream[1];
    self[0] =
        upstream(
            new FakeUpstream(
                (query, tcp) -> tcp ? List.of(good(query)) : behaviour.udp(query, self[0])));

    assertThat(ask(self[0], second())).isEqualTo(expected);
  }

  static List<Arguments> overTcp() {
    return List.of(
        tcp("half a length", (query, socket) -> end(socket, new byte[] {0})),
        tcp(
            "half a message",
            (query, socket) -> end(socket, Arrays.copyOf(FakeUpstream.framed(good(query)), 20))),
        tcp("length 0", (query, socket) -> end(socket, new byte[] {0, 0})),
        tcp(
            "length 65535 and then nothing more",
            (query, socket) -> socket.getOutputStream().write(new byte[] {-1, -1, 0, 0})),
        tcp("closed at once", (query, socket) -> socket.close()),
        tcp(
            "reset",
            (query, socket) -> {
              socket.setSoLinger(true, 0);
              socket.close();
            }),
        tcp("silent", (query, socket) -> {}),
        tcp(
            "another question",
            (query, socket) ->
                end(socket, FakeUpstream.framed(otherQuestion(query, "www.example.org. A")))),
        tcp(
            "garbage",
            (query, socket) -> {
              byte[] garbage = new byte[500];
              Arrays.fill(garbage, (byte) 0x5a);
              end(socket, garbage);
            }));
  }

  private static Arguments tcp(String name, FakeUpstream.RawTcp behaviour) {
    return argumentSet(name, behaviour);
  }

  private static void end(java.net.Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.close();
  }

  /** What was truncated is better than nothing. */
  @ParameterizedTest
  @MethodSource("overTcp")
  void upstream_overTcpAfterTruncation(FakeUpstream.RawTcp behaviour) throws Exception {
    FakeUpstream bad =
        upstream(new FakeUpstream((query, tcp) -> List.of(truncated(query)), behaviour));

    assertThat(ask(bad, null)).isEqualTo("NOERROR TC");
  }

  /** Nothing was said over UDP that could be used: the next upstream is asked. */
  @ParameterizedTest
  @MethodSource("overTcp")
  void upstream_overTcpAfterGarbage(FakeUpstream.RawTcp behaviour) throws Exception {
    FakeUpstream bad =
        upstream(new FakeUpstream((query, tcp) -> List.of(cut(good(query), 5)), behaviour));

    assertThat(ask(bad, second())).isEqualTo("NOERROR 192.0.2.2");
  }

  @Test
  void hugeAnswer_comesWhole() throws Exception {
    FakeUpstream big =
        upstream(
            new FakeUpstream((query, tcp) -> {
              if (!tcp) {
                return List.of(truncated(query));
              }
              Message response = FakeUpstream.response(query, Rcode.NOERROR);
              for (int i = 0; i < 4090; i++) {
                response.addRecord(
                    FakeUpstream.record("www.example.com. 300 A 10.0." + i / 256 + "." + i % 256),
                    Section.ANSWER);
              }
              return List.of(response.toWire());
            }));

    String answer = ask(big, null);

    assertThat(answer.split(" ")).hasSize(1 + 4090);
  }

  @Test
  void lateAnswer_isNotTakenForTheAnswerToAnotherQuestion() throws Exception {
    List<Message> early = new CopyOnWriteArrayList<>();
    FakeUpstream slow =
        upstream(
            new FakeUpstream((query, tcp) -> {
              if (query.getHeader().getFlag(Flags.CD)) {
                List<byte[]> answers = new ArrayList<>();
                for (Message late : early) {
                  answers.add(answer(late, "6.6.6.6").toWire());
                }
                answers.add(good(query));
                return answers;
              }
              early.add(query);
              return List.of();
            }));
    Forwarder forwarder = forwarder(slow, null);
    CompletableFuture<LookupResult> first = new CompletableFuture<>();
    forwarder.resolve(lookup("www.example.com. A", 0), first::complete);
    assertThat(text(first.get(20, TimeUnit.SECONDS))).isEqualTo("nothing");

    CompletableFuture<LookupResult> second = new CompletableFuture<>();
    forwarder.resolve(lookup("www.example.com. A", 1), second::complete);

    assertThat(text(second.get(20, TimeUnit.SECONDS))).isEqualTo(GOOD);
  }

  @Test
  void upstreamThatLosesCase_isAskedByUdpAgainOnceTcpHasShownIt() throws Exception {
    FakeUpstream lower =
        upstream(
            new FakeUpstream((query, tcp) -> {
              byte[] wire = good(query);
              lower(wire);
              return List.of(wire);
            }));
    Forwarder forwarder = forwarder(lower, null);

    for (int i = 0; i < 6; i++) {
      CompletableFuture<LookupResult> done = new CompletableFuture<>();
      forwarder.resolve(lookup("www.example.com. A", i), done::complete);
      assertThat(text(done.get(10, TimeUnit.SECONDS))).isEqualTo(GOOD);
    }

    assertThat(lower.seen().stream().filter(FakeUpstream.Seen::tcp)).hasSize(1);
  }

  private static byte[] good(Message query) throws IOException {
    return answer(query, "192.0.2.1").toWire();
  }

  private static Message answer(Message query, String address) throws IOException {
    return FakeUpstream.response(query, Rcode.NOERROR, "www.example.com. 300 A " + address);
  }

  private static byte[] otherQuestion(Message query, String question) throws IOException {
    Message other = TestClient.question(question);
    other.getHeader().setID(query.getHeader().getID());
    return FakeUpstream.response(other, Rcode.NXDOMAIN).toWire();
  }

  private static byte[] truncated(Message query) throws IOException {
    Message response = FakeUpstream.response(query, Rcode.NOERROR);
    response.getHeader().setFlag(Flags.TC);
    return response.toWire();
  }

  private static byte[] cut(byte[] message, int octets) {
    return Arrays.copyOf(message, message.length - octets);
  }

  private static byte[] aliased(Message query, String target, String owner) throws IOException {
    return FakeUpstream.response(
            query,
            Rcode.NOERROR,
            "www.example.com. 300 CNAME " + target,
            owner + " 300 A 192.0.2.1")
        .toWire();
  }

  private static byte[] otherCase(Message query) throws IOException {
    byte[] wire = answer(query, "6.6.6.6").toWire();
    wire[13] ^= 0x20;
    return wire;
  }

  private static void lower(byte[] wire) {
    for (int i = 12; wire[i] != 0; i++) {
      wire[i] = (byte) Character.toLowerCase(wire[i]);
    }
  }

  private FakeUpstream upstream(FakeUpstream made) {
    open.add(made);
    return made;
  }

  private FakeUpstream second() throws IOException {
    return upstream(new FakeUpstream((query, tcp) -> List.of(answer(query, "192.0.2.2").toWire())));
  }

  private Forwarder forwarder(FakeUpstream first, @Nullable FakeUpstream second) {
    List<java.net.InetSocketAddress> addresses = new ArrayList<>(List.of(first.address()));
    if (second != null) {
      addresses.add(second.address());
    }
    Forwarder forwarder =
        new Forwarder(
            ForwardOptions.to(addresses)
                .withGroups(group -> group.withPolicy(UpstreamGroup.Policy.SEQUENTIAL))
                .withTimeouts(Duration.ofMillis(500), Duration.ofSeconds(3)),
            new DnsMetrics(),
            System::nanoTime,
            new SecureRandom());
    open.add(forwarder);
    return forwarder;
  }

  private String ask(FakeUpstream first, @Nullable FakeUpstream second) throws Exception {
    CompletableFuture<LookupResult> done = new CompletableFuture<>();
    forwarder(first, second).resolve(lookup("www.example.com. A", 0), done::complete);
    return text(done.get(20, TimeUnit.SECONDS));
  }

  /** A lookup; different flags make different lookups of one name. */
  private static Lookup lookup(String question, int flags) throws IOException {
    Message message = TestClient.question(question);
    if ((flags & 1) != 0) {
      message.getHeader().setFlag(Flags.CD);
    }
    Query query = new Query();
    byte[] wire = message.toWire();
    assertThat(query.parse(wire, wire.length)).isEqualTo(Query.Verdict.ANSWER);
    return Lookup.of(query);
  }

  private static String text(LookupResult result) throws IOException {
    UpstreamMessage message = result.message();
    if (message == null) {
      return "nothing";
    }
    List<String> words = new ArrayList<>(List.of(Rcode.string(message.rcode())));
    if (message.isTruncated()) {
      words.add("TC");
    }
    List<byte[]> records =
        dev.fairway.dns.wire.RecordExpander.answers(message, 0, 0, Integer.MAX_VALUE);
    assertThat(records).isNotNull();
    for (byte[] record : records) {
      words.add(Record.fromWire(record, Section.ANSWER).rdataToString());
    }
    return String.join(" ", words);
  }
}
