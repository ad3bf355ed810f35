// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The words for what is wrong with a file. */
final class FileProblemTest {
  static Stream<Arguments> problems() {
    return Stream.of(
        Arguments.of(new AccessDeniedException("/x"), "/x: permission denied"),
        Arguments.of(new NoSuchFileException("/x"), "/x: no such file or directory"),
        Arguments.of(new FileAlreadyExistsException("/x"), "/x: it exists and is no directory"),
        Arguments.of(new DirectoryNotEmptyException("/x"), "/x: it is a directory and not empty"),
        Arguments.of(
            new FileSystemException("/x", null, "File name too long"), "/x: File name too long"),
        Arguments.of(new IOException("disk on fire"), "disk on fire"),
        Arguments.of(new IOException(), "java.io.IOException"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("problems")
  void isNamedWithItsFile(IOException problem, String text) {
    assertThat(FileProblem.text(problem)).isEqualTo(text);
  }
}
