// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What becomes of jars that the class archive would not take. */
final class PrepareJarsCommandTest {
  @TempDir Path folder;

  @Test
  void signaturesGo_andClassesOfJava5GetStackMapsAndStillRun() throws Exception {
    Path jar = folder.resolve("old.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      entry(
          out, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n".getBytes(StandardCharsets.UTF_8));
      entry(out, "META-INF/KEY.SF", new byte[] {1});
      entry(out, "META-INF/KEY.RSA", new byte[] {1});
      entry(out, "META-INF/services/x", "kept".getBytes(StandardCharsets.UTF_8));
      entry(out, "Old.class", classOfJava5());
    }
    assertThat(new CommandLine(new PrepareJarsCommand()).execute(folder.toString())).isZero();
    try (JarFile result = new JarFile(jar.toFile())) {
      assertThat(result.stream().map(ZipEntry::getName))
          .contains("META-INF/MANIFEST.MF", "META-INF/services/x", "Old.class")
          .doesNotContain("META-INF/KEY.SF", "META-INF/KEY.RSA");
      byte[] raised = result.getInputStream(result.getEntry("Old.class")).readAllBytes();
      assertThat(ClassFile.of().parse(raised).majorVersion()).isEqualTo(52);
      assertThat(ClassFile.of().verify(raised)).isEmpty();
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      Object sign = loader.loadClass("Old").getMethod("sign", int.class).invoke(null, -3);
      assertThat(sign).isEqualTo(-1);
    }
  }

  /** {@code static int sign(int n) { return n < 0 ? -1 : 1; }} with a branch, without maps. */
  private static byte[] classOfJava5() {
    return ClassFile.of(StackMapsOption.DROP_STACK_MAPS)
        .build(
            ClassDesc.of("Old"),
            type ->
                type.withVersion(ClassFile.JAVA_5_VERSION, 0)
                    .withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_SUPER)
                    .withMethodBody(
                        "sign",
                        MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int),
                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                        code -> {
                          var positive = code.newLabel();
                          code.iload(0).ifge(positive).iconst_m1().ireturn();
                          code.labelBinding(positive).iconst_1().ireturn();
                        }));
  }

  private static void entry(ZipOutputStream out, String name, byte[] bytes) throws Exception {
    out.putNextEntry(new ZipEntry(name));
    out.write(bytes);
    out.closeEntry();
  }
}
