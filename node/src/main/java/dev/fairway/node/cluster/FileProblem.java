// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What is wrong with a file, in words: the JDK's messages are often only its name. */
final class FileProblem {
  private FileProblem() {}

  static String text(IOException error) {
    if (!(error instanceof FileSystemException problem)) {
      return error.getMessage() == null ? error.toString() : error.getMessage();
    }
    String reason =
        switch (problem) {
          case AccessDeniedException _ -> "permission denied";
          case NoSuchFileException _ -> "no such file or directory";
          case FileAlreadyExistsException _ -> "it exists and is no directory";
          case DirectoryNotEmptyException _ -> "it is a directory and not empty";
          case FileSystemException other ->
              other.getReason() == null ? other.toString() : other.getReason();
        };
    return problem.getFile() + ": " + reason;
  }
}
