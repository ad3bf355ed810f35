// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneOptions;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** How secondaries are told of changes: RFC 1996, with a clock that the test moves. */
class NotifierTest {
  private static final InetSocketAddress ONE = new InetSocketAddress("192.0.2.1", 53);
  private static final InetSocketAddress TWO = new InetSocketAddress("192.0.2.2", 5353);

  private final ClusterModel model = new ClusterModel();
  private final ClusterZone zone =
      new ClusterZone(ZoneOptions.of("cluster.local"), () -> Instant.ofEpochSecond(7), 1);
  private int changes;
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void start(InetSocketAddress... secondaries) {
    channel.freezeTime();
    channel
        .pipeline()
        .addLast(
            new Notifier(
                zone::snapshot, List.of(secondaries), Duration.ofSeconds(1), new Random(3)));
    channel.pipeline().fireChannelActive();
  }

  private void change() {
    model.service("default/web" + changes++).clusterIp("10.0.0." + changes);
    zone.onSnapshot(model.step());
  }

  /** What is sent within so many seconds, as {@code second address}. */
  private List<String> sentWithin(int seconds, List<Message> messages) throws Exception {
    List<String> sent = new ArrayList<>();
    for (int second = 0; second < seconds; second++) {
      channel.runScheduledPendingTasks();
      for (DatagramPacket packet = channel.readOutbound();
          packet != null;
          packet = channel.readOutbound()) {
        sent.add(second + " " + packet.recipient().getAddress().getHostAddress());
        messages.add(new Message(ByteBufUtil.getBytes(packet.content())));
        packet.release();
      }
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
    }
    return sent;
  }

  private void answer(InetSocketAddress from, Message notify, int id, boolean response)
      throws Exception {
    Message answer = notify.clone();
    answer.getHeader().setID(id);
    if (response) {
      answer.getHeader().setFlag(Flags.QR);
    }
    channel.writeInbound(
        new DatagramPacket(
            Unpooled.wrappedBuffer(answer.toWire()), new InetSocketAddress("192.0.2.9", 1), from));
  }

  @Test
  void zoneThatIsNotLoaded_isNotAnnounced() throws Exception {
    start(ONE);

    assertThat(sentWithin(5, new ArrayList<>())).isEmpty();
  }

  @Test
  void message_hasTheZoneAndItsSoa() throws Exception {
    change();
    start(ONE);
    List<Message> messages = new ArrayList<>();
    sentWithin(1, messages);

    Message message = messages.getFirst();
    assertThat(message.getHeader().getOpcode()).isEqualTo(Opcode.NOTIFY);
    assertThat(message.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(message.getHeader().getFlag(Flags.QR)).isFalse();
    assertThat(message.getQuestion().getName().toString()).isEqualTo("cluster.local.");
    assertThat(message.getQuestion().getType()).isEqualTo(Type.SOA);
    SOARecord soa = (SOARecord) message.getSection(Section.ANSWER).getFirst();
    assertThat(soa.getSerial()).isEqualTo(zone.snapshot().serial());
  }

  @Test
  void silentSecondary_isToldFiveTimesWithGrowingPauses() throws Exception {
    change();
    start(ONE);
    List<Message> messages = new ArrayList<>();

    assertThat(sentWithin(100, messages))
        .containsExactly(
            "0 192.0.2.1", "1 192.0.2.1", "3 192.0.2.1", "7 192.0.2.1", "15 192.0.2.1");
    assertThat(messages.stream().map(message -> message.getHeader().getID()).distinct()).hasSize(1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "the secondary's answer, true, 0, true, false",
    "another identifier, true, 1, true, true",
    "a query, true, 0, false, true",
    "somebody else, false, 0, true, true"
  })
  void answer_endsTheTries(
      String what, boolean fromIt, int otherId, boolean response, boolean goesOn) throws Exception {
    change();
    start(ONE);
    List<Message> messages = new ArrayList<>();
    sentWithin(1, messages);
    Message notify = messages.getFirst();

    answer(fromIt ? ONE : TWO, notify, notify.getHeader().getID() ^ otherId, response);

    assertThat(sentWithin(100, messages).isEmpty()).describedAs(what).isNotEqualTo(goesOn);
  }

  @Test
  void eachSecondary_isToldOfEachChange() throws Exception {
    change();
    start(ONE, TWO);
    List<Message> messages = new ArrayList<>();
    assertThat(sentWithin(1, messages)).containsExactly("0 192.0.2.1", "0 192.0.2.2");
    answer(ONE, messages.get(0), messages.get(0).getHeader().getID(), true);
    answer(TWO, messages.get(1), messages.get(1).getHeader().getID(), true);
    sentWithin(1, messages);
    change();
    change();

    assertThat(sentWithin(1, messages)).containsExactly("0 192.0.2.1", "0 192.0.2.2");
    SOARecord soa = (SOARecord) messages.getLast().getSection(Section.ANSWER).getFirst();
    assertThat(soa.getSerial()).isEqualTo(zone.snapshot().serial());
  }

  @Test
  void garbage_isIgnored() {
    start(ONE);

    channel.writeInbound(new DatagramPacket(Unpooled.wrappedBuffer(new byte[3]), TWO, ONE));

    assertThat(channel.isActive()).isTrue();
  }
}
