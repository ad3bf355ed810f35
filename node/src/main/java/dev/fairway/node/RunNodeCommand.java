// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.cluster.NodeDaemon;
import dev.fairway.node.cluster.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process of a further node of {@code up --nodes}; not for people. */
@Command(name = "run-node", hidden = true)
final class RunNodeCommand implements Callable<Integer> {
  @Option(names = "--index", required = true)
  private int index;

  @Option(names = "--state-dir", required = true)
  private Path stateDir = Path.of(".fairway");

  @Option(names = "--heartbeat-millis", required = true)
  private long heartbeatMillis;

  @Option(names = "--grace-millis", required = true)
  private long graceMillis;

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    Logging.toFile(stateDir.resolve("log").resolve(ClusterConfig.nodeName(index) + ".log"));
    NodeDaemon daemon =
        NodeDaemon.start(
            stateDir, index, Duration.ofMillis(heartbeatMillis), Duration.ofMillis(graceMillis));
    new ForegroundRun(daemon, Progress.NONE).await();
    return Main.OK;
  }
}
