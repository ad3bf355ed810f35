// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/** The folders that pods leave. Stateless. */
final class PodFolders {
  private PodFolders() {}

  /** Deletes a folder with everything in it; links are deleted, never followed. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Deletes the folders of a node's pods that no longer exist. */
  static void deleteOthers(Path pods, String nodeName, Set<String> existingUids)
      throws IOException {
    if (!Files.isDirectory(pods)) {
      return;
    }
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(pods)) {
      for (Path folder : folders) {
        if (!existingUids.contains(folder.getFileName().toString())
            && nodeName.equals(owner(folder))) {
          delete(folder);
        }
      }
    }
  }

  private static String owner(Path folder) throws IOException {
    try {
      return Files.readString(folder.resolve("node")).strip();
    } catch (NoSuchFileException _) {
      return "";
    }
  }
}
