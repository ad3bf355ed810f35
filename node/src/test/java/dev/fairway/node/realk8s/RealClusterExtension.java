// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.realk8s;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives all test classes the same {@link RealCluster}, which ends with the run of tests. Skips them
 * where {@code FAIRWAY_REALK8S} does not name the folder with the scripts of a cluster.
 */
final class RealClusterExtension implements BeforeAllCallback, ParameterResolver {
  private static final Namespace SPACE = Namespace.create(RealClusterExtension.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    Path scripts = Scripts.ofEnvironment();
    context
        .getRoot()
        .getStore(SPACE)
        .computeIfAbsent(RealCluster.class, _ -> Started.in(scripts), Started.class);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == RealCluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return Objects.requireNonNull(
            context.getRoot().getStore(SPACE).get(RealCluster.class, Started.class),
            "the cluster was not started")
        .cluster();
  }

  /** Closed when all tests are over. */
  private record Started(RealCluster cluster, Path folder) implements AutoCloseable {
    static Started in(Path scripts) {
      try {
        Path folder = Files.createTempDirectory("fairway-realk8s");
        return new Started(RealCluster.up(scripts, folder), folder);
      } catch (IOException e) {
        throw new AssertionError("no folder for the cluster", e);
      }
    }

    @Override
    public void close() throws IOException {
      cluster.close();
      if (!cluster.isOurs()) {
        System.out.println("realk8s: logs are in " + folder);
        return;
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
