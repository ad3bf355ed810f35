// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.apiserver.ApiServerConfig;
import dev.fairway.controller.ControllerManager;
import dev.fairway.controller.ControllerOptions;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.scheduler.Scheduler;
import dev.fairway.scheduler.SchedulerOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** API server, scheduler and controllers without nodes. Thread-safe. */
public final class ControlPlane implements AutoCloseable {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final List<String> ADMINS = List.of("system:masters");

  private final Parts parts;
  private final StateDir stateDir;
  private final String url;

  private ControlPlane(Parts parts, StateDir stateDir, String url) {
    this.parts = parts;
    this.stateDir = stateDir;
    this.url = url;
  }

  /**
   * Starts one that is ready when this returns.
   *
   * @param bind the address of the API server
   */
  public static ControlPlane start(ClusterConfig config, String bind)
      throws EnvironmentException, InterruptedException {
    StateDir stateDir = new StateDir(config.stateDir());
    Parts parts = new Parts();
    parts.add(stateDir.lock());
    try {
      ApiServerConfig defaults = ApiServerConfig.loopback(stateDir.root(), config.apiPort());
      ApiServer server =
          parts.add(
              ApiServer.start(
                  new ApiServerConfig(
                      stateDir.root(),
                      bind,
                      config.apiPort(),
                      defaults.serviceCidrs(),
                      defaults.nodePortFrom(),
                      defaults.nodePortTo(),
                      List.of(),
                      defaults.maxRequests(),
                      defaults.maxWatches())));
      String host = bind.equals("0.0.0.0") || bind.equals("::") ? Ports.ADDRESS : bind;
      String url =
          "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port();
      server.writeKubeconfig(stateDir.kubeconfig(), "admin", ADMINS, url);
      KubeClient client = new KubeClient(server.localTransport("system:fairway", ADMINS));
      ControllerManager manager =
          parts.add(
              new ControllerManager(
                  client,
                  ControllerOptions.defaults()
                      .withNodeMonitorGracePeriod(config.nodeMonitorGracePeriod())
                      .withLoadBalancerPool(config.loadBalancerPool())));
      Scheduler scheduler =
          parts.add(
              new Scheduler(
                  client, SchedulerOptions.defaults(), manager.informers(), manager.events()));
      manager.start();
      scheduler.start();
      if (!manager.awaitRunning(BOUND)) {
        throw new IOException("the controllers were not ready in time; see " + stateDir.logFile());
      }
      return new ControlPlane(parts, stateDir, url);
    } catch (IOException e) {
      parts.close();
      throw new EnvironmentException(FileProblem.text(e), e);
    } catch (RuntimeException | InterruptedException e) {
      parts.close();
      throw e;
    }
  }

  /** Where the API server is. */
  public String url() {
    return url;
  }

  @Override
  public void close() throws IOException {
    parts.close();
    stateDir.deletePid();
  }
}
