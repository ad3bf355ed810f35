// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.proxy.bpf.ObjectFile.Member;
import dev.fairway.proxy.bpf.ObjectFile.Struct;
import dev.fairway.testing.Skip;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The objects that were compiled from {@code src/main/bpf} and are part of the sources. */
class CompiledProgramsTest {
  /** The compiler whose output is in the resources; another one's differs. */
  private static final String COMPILER = "clang version 14.0.6";

  private static final Path SOURCES = Path.of("src/main/bpf");

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void layouts(StructLayout layout) {
    Map<String, Struct> structs = new HashMap<>();
    structs.putAll(ObjectFile.structs(BpfObject.image("fairway.bpf.o")));
    structs.putAll(ObjectFile.structs(BpfObject.image("destroy.bpf.o")));
    List<Member> members = new ArrayList<>();
    for (MemoryLayout member : layout.memberLayouts()) {
      String name = member.name().orElseThrow();
      members.add(new Member(name, (int) MapLayouts.offset(layout, name)));
    }
    assertThat(structs.get(layout.name().orElseThrow()))
        .isEqualTo(new Struct((int) layout.byteSize(), members));
  }

  static Stream<StructLayout> layouts() {
    return MapLayouts.all().stream();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fairway.bpf.o", "destroy.bpf.o", "silence.bpf.o"})
  void isWhatTheSourcesSay(String object, @TempDir Path directory) throws Exception {
    skipWithoutCompiler();
    Process build =
        new ProcessBuilder("sh", SOURCES.resolve("build.sh").toString(), directory.toString())
            .redirectErrorStream(true)
            .start();
    String words = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(build.waitFor()).describedAs(words).isZero();
    assertThat(Files.readAllBytes(directory.resolve(object)))
        .describedAs("run src/main/bpf/build.sh and commit what it makes")
        .isEqualTo(BpfObject.image(object));
  }

  private static void skipWithoutCompiler() throws IOException, InterruptedException {
    String found = "none";
    try {
      Process version = new ProcessBuilder("clang", "--version").start();
      found = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      version.waitFor();
      new ProcessBuilder("llvm-strip", "--version").start().waitFor();
    } catch (IOException _) {
      found = "none";
    }
    boolean headers = Files.exists(Path.of("/usr/include/bpf/bpf_helpers.h"));
    Skip.unless(
        found.contains(COMPILER) && headers,
        "needs "
            + COMPILER
            + ", llvm-strip and libbpf's headers, found "
            + found.lines().findFirst().orElse("none"));
  }
}
