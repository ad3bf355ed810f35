// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.node.loadbalancer.Device.Place;
import dev.fairway.node.loadbalancer.Frames.Claim;
import dev.fairway.node.loadbalancer.Frames.Question;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a node tells the local network, and when. */
class AnnouncerTest {
  private static final long OTHER = 0x020000000099L;
  private static final Device ETH0 = new Device("eth0", 2, 0x020000000001L);
  private static final Device ETH1 = new Device("eth1", 3, 0x020000000002L);
  private static final IpAddress V4 = IpAddress.parse("192.0.2.240");
  private static final IpAddress V6 = IpAddress.parse("2001:db8::f0");
  private static final IpAddress ROUTED = IpAddress.parse("203.0.113.5");

  private final Network network = new Network();
  private final Announcer announcer =
      new Announcer(
          network,
          () ->
              List.of(
                  new Place(ETH1, IpPrefix.parse("192.0.0.0/16")),
                  new Place(ETH0, IpPrefix.parse("192.0.2.0/24")),
                  new Place(ETH0, IpPrefix.parse("2001:db8::/64"))));

  @Test
  void aTakenAddressIsAnnouncedThreeTimesASecondApartAndThenEveryMinute() {
    for (int second = 0; second < 125; second++) {
      announcer.update(Set.of(V6), true, seconds(second));
      network.second++;
    }

    assertThat(network.sent)
        .containsExactly(
            "0 eth0 2001:db8::f0",
            "1 eth0 2001:db8::f0",
            "2 eth0 2001:db8::f0",
            "62 eth0 2001:db8::f0",
            "122 eth0 2001:db8::f0");
  }

  @Test
  void ofIpv4BothFormsAreSentOnTheInterfaceWithTheSmallestNetwork() {
    announcer.update(Set.of(V4), true, 0);

    assertThat(network.sent).containsExactly("0 eth0 192.0.2.240", "0 eth0 192.0.2.240");
  }

  @Test
  void anAddressOfNoLocalNetworkIsNotAnnounced() {
    announcer.update(Set.of(ROUTED), true, 0);

    assertThat(network.sent).isEmpty();
    assertThat(announcer.size()).isZero();
  }

  @Test
  void anAddressThatCameBackIsAnnouncedAgain() {
    announcer.update(Set.of(V6), true, seconds(0));
    announcer.update(Set.of(), true, seconds(1));
    announcer.update(Set.of(V6), true, seconds(2));

    assertThat(network.sent).hasSize(2);
  }

  @Test
  void onlyOwnAddressesAreAnsweredForAndOnlyWhereTheyAre() {
    announcer.update(Set.of(V4), true, 0);

    assertThat(asked(V4, ETH0)).isEqualTo(new Claim(V4, ETH0.mac()));
    assertThat(asked(V4, ETH1)).isNull();
    assertThat(asked(IpAddress.parse("192.0.2.241"), ETH0)).isNull();

    announcer.update(Set.of(), true, 1);
    assertThat(asked(V4, ETH0)).as("given away").isNull();
  }

  @Test
  void ofIpv6TheGroupOfEachAddressIsHeard() {
    announcer.update(Set.of(V4, V6), true, 0);
    assertThat(network.groups)
        .containsExactly(new Segment.Group(ETH0, IpAddress.parse("ff02::1:ff00:f0")));

    announcer.update(Set.of(V4), true, 1);
    assertThat(network.groups).isEmpty();
  }

  @Test
  void whileTheOthersCannotBeAskedAnAddressIsLeftToWhoClaimsIt() {
    announcer.update(Set.of(V4, V6), true, 0);
    announcer.update(Set.of(V4, V6), false, seconds(5));
    hears(Frames.gratuitousRequest(V4, OTHER));
    announcer.update(Set.of(V4, V6), false, seconds(6));

    assertThat(asked(V4, ETH0)).isNull();
    assertThat(asked(V6, ETH0)).isNotNull();

    announcer.update(Set.of(V4, V6), true, seconds(9));
    assertThat(asked(V4, ETH0)).as("they agree again").isNotNull();
  }

  @Test
  void whileTheOthersAgreeAClaimChangesNothing() {
    announcer.update(Set.of(V4), true, 0);
    hears(Frames.gratuitousRequest(V4, OTHER));
    announcer.update(Set.of(V4), true, 1);

    assertThat(asked(V4, ETH0)).isNotNull();
  }

  private @Nullable Object asked(IpAddress target, Device where) {
    byte[] frame;
    if (target.isV4()) {
      frame = Frames.answer(new Question(IpAddress.parse("192.0.2.1"), target, OTHER), OTHER);
      frame[21] = 1;
    } else {
      frame = Solicitations.of(target, OTHER);
    }
    byte[] answer = announcer.received(ByteBuffer.wrap(frame), where.index());
    return answer == null ? null : Frames.read(ByteBuffer.wrap(answer));
  }

  private void hears(byte[] frame) {
    assertThat(announcer.received(ByteBuffer.wrap(frame), ETH0.index())).isNull();
  }

  private static long seconds(int count) {
    return Duration.ofSeconds(count).toNanos();
  }

  /** Keeps what is sent. */
  private static final class Network implements Segment {
    final List<String> sent = new ArrayList<>();
    Set<Group> groups = Set.of();
    int second;

    @Override
    public void send(Device device, byte[] frame) {
      Claim claim = (Claim) Frames.read(ByteBuffer.wrap(frame));
      assertThat(claim).isNotNull();
      assertThat(claim.mac()).isEqualTo(device.mac());
      sent.add(second + " " + device.name() + " " + claim.address());
    }

    @Override
    public void listenTo(Set<Group> wanted) {
      groups = Set.copyOf(wanted);
    }

    @Override
    public void close() {}
  }
}
