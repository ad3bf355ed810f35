// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DescriptorsTest {
  private final Descriptors descriptors = new Descriptors(1600);

  @Test
  void aHighNumber_saysThatFewAreLeft_aLowOneDoesNot() {
    assertThat(descriptors.areScarce(1499, 700)).isFalse();
    assertThat(descriptors.areScarce(1500, 700)).isTrue();
  }

  @Test
  void lowNumbersOfClosedFlows_doNotHideThatAsManyAreOpenAsBefore() {
    assertThat(descriptors.areScarce(1500, 700)).isTrue();
    assertThat(descriptors.areScarce(20, 700)).isTrue();
    assertThat(descriptors.areScarce(20, 699)).isFalse();
  }

  @Test
  void fewAreLeft_untilThoseToSpareAreBack() {
    assertThat(descriptors.areScarce(1550, 700)).isTrue();
    assertThat(descriptors.areScarce(20, 675)).isTrue();
    assertThat(descriptors.areScarce(20, 674)).isFalse();
  }

  @Test
  void whatWasLearnt_isForgottenWhenFarFewerAreOpen() {
    assertThat(descriptors.areScarce(1550, 700)).isTrue();
    assertThat(descriptors.areScarce(20, 337)).isFalse();
    assertThat(descriptors.areScarce(1400, 720)).isFalse();
  }

  @Test
  void whoMayOpenAnyNumber_neverRunsShort() {
    assertThat(new Descriptors(Long.MAX_VALUE).areScarce(1 << 30, 1 << 29)).isFalse();
  }
}
