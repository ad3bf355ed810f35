// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Makes the jars of a distribution fit for the JVM's class data archive, which takes no classes of
 * signed jars and none of Java 5: signatures go (they cost a fifth of a second at every start), and
 * classes below version 50 get stack maps and a newer version. Not for people.
 */
@Command(name = "prepare-jars", hidden = true)
final class PrepareJarsCommand implements Callable<Integer> {
  private static final int FIRST_ARCHIVABLE = ClassFile.JAVA_6_VERSION;
  private static final int MAGIC = 0xCAFEBABE;

  @Parameters(paramLabel = "DIR")
  private Path folder = Path.of(".");

  @Override
  public Integer call() throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
      for (Path jar : jars) {
        prepare(jar);
      }
    }
    return Main.OK;
  }

  private static void prepare(Path jar) throws IOException {
    try (FileSystem files = FileSystems.newFileSystem(jar);
        Stream<Path> walk = Files.walk(files.getPath("/"))) {
      List<Path> all = walk.filter(Files::isRegularFile).toList();
      for (Path file : all) {
        String name = file.toString();
        if (name.matches("/META-INF/[^/]+\\.(SF|RSA|DSA|EC)")) {
          Files.delete(file);
        } else if (name.endsWith(".class") && !name.startsWith("/META-INF/")) {
          raise(file);
        }
      }
    }
  }

  private static void raise(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int magic = java.nio.ByteBuffer.wrap(bytes).getInt();
    int version = (bytes[6] & 255) << 8 | (bytes[7] & 255);
    if (magic != MAGIC || version >= FIRST_ARCHIVABLE) {
      return;
    }
    ClassFile format = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS);
    ClassModel old = format.parse(bytes);
    ClassTransform newer =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            builder.with(element);
          }
        };
    // Bodies are written anew instruction by instruction: copied as they are they get no maps.
    Files.write(
        file,
        format.transformClass(
            old, newer.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL))));
  }
}
