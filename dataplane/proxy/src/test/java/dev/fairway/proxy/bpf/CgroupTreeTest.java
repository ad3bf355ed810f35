// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CgroupTreeTest {
  private static final String OTHER = "22 28 0:21 / /proc rw,relatime - proc proc rw";

  @ParameterizedTest
  @MethodSource
  void root(List<String> mounts, Optional<Path> expected) {
    assertThat(CgroupTree.root(mounts)).isEqualTo(expected);
  }

  static Stream<Arguments> root() {
    return Stream.of(
        argumentSet(
            "version 2 alone",
            List.of(OTHER, "25 24 0:22 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw"),
            Optional.of(Path.of("/sys/fs/cgroup"))),
        argumentSet(
            "beside version 1",
            List.of(
                "30 24 0:25 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
                "31 24 0:26 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw"),
            Optional.of(Path.of("/sys/fs/cgroup/unified"))),
        argumentSet(
            "the machine's tree rather than a part of it",
            List.of(
                "30 24 0:26 /pod /sys/fs/cgroup rw - cgroup2 cgroup rw",
                "31 24 0:26 / /run/cilium/cgroupv2 rw - cgroup2 none rw"),
            Optional.of(Path.of("/run/cilium/cgroupv2"))),
        argumentSet(
            "a part where nothing else is seen",
            List.of("30 24 0:26 /pod /sys/fs/cgroup rw - cgroup2 cgroup rw"),
            Optional.of(Path.of("/sys/fs/cgroup"))),
        argumentSet(
            "blanks in the path",
            List.of("30 24 0:26 / /mnt/my\\040cgroups rw - cgroup2 cgroup rw"),
            Optional.of(Path.of("/mnt/my cgroups"))),
        argumentSet("none", List.of(OTHER, "", "short - cgroup2"), Optional.empty()));
  }
}
