// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.loadbalancer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.node.loadbalancer.Frames.Claim;
import dev.fairway.node.loadbalancer.Frames.Question;
import dev.fairway.service.IpAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Frames as they go over the wire: RFC 826, RFC 5227, RFC 4861. */
class FramesTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final long OURS = 0x020000000001L;
  private static final long THEIRS = 0x020000000099L;
  private static final IpAddress V4 = IpAddress.parse("192.0.2.240");
  private static final IpAddress V6 = IpAddress.parse("2001:db8::f0");

  @Test
  void gratuitousArpIsARequestForAndFromTheAddress() {
    assertThat(HEX.formatHex(Frames.gratuitousRequest(V4, OURS)))
        .isEqualTo(
            "ffffffffffff"
                + "020000000001"
                + "0806"
                + "0001"
                + "0800"
                + "06"
                + "04"
                + "0001"
                + "020000000001"
                + "c00002f0"
                + "000000000000"
                + "c00002f0");
  }

  @Test
  void gratuitousArpIsAReplyToEverybodyToo() {
    assertThat(HEX.formatHex(Frames.gratuitousReply(V4, OURS)))
        .isEqualTo(
            "ffffffffffff"
                + "020000000001"
                + "0806"
                + "0001"
                + "0800"
                + "06"
                + "04"
                + "0002"
                + "020000000001"
                + "c00002f0"
                + "ffffffffffff"
                + "c00002f0");
  }

  @Test
  void anUnsolicitedAdvertisementOverridesAndGoesToAllNodes() {
    byte[] frame = Frames.unsolicited(V6, OURS);

    assertThat(HEX.formatHex(frame, 0, 54))
        .isEqualTo(
            "333300000001"
                + "020000000001"
                + "86dd"
                + "60000000"
                + "0020"
                + "3a"
                + "ff"
                + "20010db80000000000000000000000f0"
                + "ff020000000000000000000000000001");
    assertThat(HEX.formatHex(frame, 54, 56)).isEqualTo("8800");
    assertThat(HEX.formatHex(frame, 58, 86))
        .isEqualTo("20000000" + "20010db80000000000000000000000f0" + "0201" + "020000000001");
    assertThat(read(frame)).as("with a right checksum").isEqualTo(new Claim(V6, OURS));
  }

  @Test
  void anArpRequestIsAnsweredToTheOneWhoAsked() {
    byte[] request =
        HEX.parseHex(
            "ffffffffffff"
                + "020000000099"
                + "0806"
                + "0001"
                + "0800"
                + "06"
                + "04"
                + "0001"
                + "020000000099"
                + "c0000201"
                + "000000000000"
                + "c00002f0");

    Question question = (Question) requireNonNull(read(request));

    assertThat(question).isEqualTo(new Question(V4, IpAddress.parse("192.0.2.1"), THEIRS));
    assertThat(HEX.formatHex(Frames.answer(question, OURS)))
        .isEqualTo(
            "020000000099"
                + "020000000001"
                + "0806"
                + "0001"
                + "0800"
                + "06"
                + "04"
                + "0002"
                + "020000000001"
                + "c00002f0"
                + "020000000099"
                + "c0000201");
  }

  @Test
  void aSolicitationIsAnsweredToTheOneWhoAsked() {
    Question question = new Question(V6, IpAddress.parse("2001:db8::1"), THEIRS);

    byte[] answer = Frames.answer(question, OURS);

    assertThat(HEX.formatHex(answer, 0, 6)).isEqualTo("020000000099");
    assertThat(HEX.formatHex(answer, 38, 54)).isEqualTo("20010db8000000000000000000000001");
    assertThat(HEX.formatHex(answer, 58, 62)).as("solicited, override").isEqualTo("60000000");
    assertThat(read(answer)).isEqualTo(new Claim(V6, OURS));
  }

  @Test
  void whoHasNoAddressYetIsAnsweredThroughAllNodes() {
    Question probe = new Question(V6, IpAddress.parse("::"), THEIRS);

    byte[] answer = Frames.answer(probe, OURS);

    assertThat(HEX.formatHex(answer, 0, 6)).isEqualTo("333300000001");
    assertThat(HEX.formatHex(answer, 58, 62)).as("override only").isEqualTo("20000000");
  }

  @Test
  void aSolicitationFromTheWireIsAQuestion() {
    byte[] frame = solicitation();

    assertThat(read(frame)).isEqualTo(new Question(V6, IpAddress.parse("2001:db8::1"), THEIRS));
  }

  @Test
  void aSolicitationFromAnotherNetworkOrWithABadChecksumIsNone() {
    byte[] routed = solicitation();
    routed[21] = 64;
    byte[] broken = solicitation();
    broken[77] ^= 1;

    assertThat(read(routed)).isNull();
    assertThat(read(broken)).isNull();
  }

  @Test
  void anAddressIsAskedForInItsGroup() {
    assertThat(Frames.solicitedNode(IpAddress.parse("2001:db8::12:34ab:cdef")))
        .isEqualTo(IpAddress.parse("ff02::1:ffab:cdef"));
  }

  @Test
  void shortAndRandomFramesAreHarmless() {
    Random random = new Random(42);
    for (byte[] whole : new byte[][] {solicitation(), Frames.gratuitousRequest(V4, OURS)}) {
      for (int length = 0; length < whole.length; length++) {
        assertThat(Frames.read(ByteBuffer.wrap(whole, 0, length))).as("%d bytes", length).isNull();
      }
      for (int i = 0; i < 2000; i++) {
        byte[] changed = whole.clone();
        for (int j = 0; j < 4; j++) {
          changed[random.nextInt(changed.length)] = (byte) random.nextInt();
        }
        Object unused = Frames.read(ByteBuffer.wrap(changed));
      }
    }
  }

  private static @Nullable Object read(byte[] frame) {
    return Frames.read(ByteBuffer.wrap(frame));
  }

  /** With a source link-layer address option; the checksum was computed by another program. */
  private static byte[] solicitation() {
    return HEX.parseHex(
        "3333ff0000f0"
            + "020000000099"
            + "86dd"
            + "60000000"
            + "0020"
            + "3a"
            + "ff"
            + "20010db8000000000000000000000001"
            + "ff0200000000000000000001ff0000f0"
            + "8700"
            + "19b3"
            + "00000000"
            + "20010db80000000000000000000000f0"
            + "0101"
            + "020000000099");
  }
}
