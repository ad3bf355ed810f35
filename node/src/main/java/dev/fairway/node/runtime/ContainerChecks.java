// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.Pod.Exec;
import dev.fairway.kube.api.Pod.Handler;
import dev.fairway.kube.api.Pod.HttpGet;
import dev.fairway.kube.api.Pod.Probe;
import dev.fairway.kube.api.Pod.TcpSocket;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs probes and hooks of one pod, each try on a virtual thread of its own. */
final class ContainerChecks {
  private final ProcessLauncher launcher;
  private final Consumer<WorkerEvent> done;

  ContainerChecks(ProcessLauncher launcher, Consumer<WorkerEvent> done) {
    this.launcher = launcher;
    this.done = done;
  }

  /** Tries a probe; the answer comes as {@link WorkerEvent.Probed}. */
  void probe(
      ContainerSlot slot,
      ContainerProcess process,
      ProbeState probe,
      boolean regular,
      String podIp) {
    Attempt attempt = new Attempt(slot, podIp, probe.timeout());
    Thread.ofVirtual()
        .name("probe-" + slot.spec.name())
        .start(() -> {
          HealthCheck.Result result = attempt.run(probe.probe());
          done.accept(new WorkerEvent.Probed(slot, process, probe, regular, result));
        });
  }

  /** Runs a hook within a time; the answer comes as the event that the wrapper makes. */
  void hook(
      ContainerSlot slot,
      Handler handler,
      String podIp,
      Duration timeout,
      java.util.function.Function<HealthCheck.Result, WorkerEvent> event) {
    Attempt attempt = new Attempt(slot, podIp, timeout);
    Thread.ofVirtual()
        .name("hook-" + slot.spec.name())
        .start(() -> done.accept(event.apply(attempt.run(handler))));
  }

  /** One try, with what it needs of the container copied when it was asked for. */
  private final class Attempt {
    private final ContainerSlot slot;
    private final String podIp;
    private final Duration timeout;
    private final java.util.Map<String, String> environment;
    private final java.nio.file.@Nullable Path directory;

    Attempt(ContainerSlot slot, String podIp, Duration timeout) {
      this.slot = slot;
      this.podIp = podIp;
      this.timeout = timeout;
      this.environment = slot.environment;
      this.directory = slot.directory;
    }

    HealthCheck.Result run(Probe probe) {
      if (probe.grpc() != null) {
        return GrpcCheck.check(
            podIp,
            probe.grpc().port(),
            probe.grpc().service() == null ? "" : probe.grpc().service(),
            timeout);
      }
      return run(probe.httpGet(), probe.tcpSocket(), probe.exec());
    }

    HealthCheck.Result run(Handler handler) {
      if (handler.sleep() != null) {
        return sleep(Duration.ofSeconds(handler.sleep().seconds()));
      }
      return run(handler.httpGet(), handler.tcpSocket(), handler.exec());
    }

    private HealthCheck.Result run(
        @Nullable HttpGet httpGet, @Nullable TcpSocket tcpSocket, @Nullable Exec exec) {
      try {
        if (httpGet != null) {
          int port = HealthCheck.port(httpGet.port(), slot.spec);
          return HealthCheck.http(httpGet, podIp, port == 0 ? defaultPort(httpGet) : port, timeout);
        }
        if (tcpSocket != null) {
          String host = tcpSocket.host().isEmpty() ? podIp : tcpSocket.host();
          return HealthCheck.tcp(host, HealthCheck.port(tcpSocket.port(), slot.spec), timeout);
        }
        if (exec != null) {
          return HealthCheck.exec(launcher, exec.command(), environment, directory, timeout);
        }
        return HealthCheck.Result.OK;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return HealthCheck.Result.failed("interrupted");
      } catch (RuntimeException e) {
        return HealthCheck.Result.failed(e.toString());
      }
    }

    private static int defaultPort(HttpGet get) {
      return get.scheme().equalsIgnoreCase("HTTPS") ? 443 : 80;
    }

    private HealthCheck.Result sleep(Duration wanted) {
      try {
        Thread.sleep(wanted.compareTo(timeout) < 0 ? wanted : timeout);
        return HealthCheck.Result.OK;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return HealthCheck.Result.failed("interrupted");
      }
    }
  }
}
