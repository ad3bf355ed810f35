// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.userspace;

import static dev.fairway.proxy.userspace.Rig.at;
import static dev.fairway.proxy.userspace.Rig.freePorts;
import static dev.fairway.proxy.userspace.Rig.ready;
import static dev.fairway.proxy.userspace.Rig.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.service.ServiceInfo;
import dev.fairway.testing.Skip;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Steered addresses: the proxier has sockets that no address of a Service is bound to. Without a
 * program in the kernel their own address stands for what such a program would bring.
 */
class SteeringIT {
  private static final String POD = "127.64.9.1";

  @Test
  void connectionsGoToTheServiceOfTheirLocalAddress_othersAreReset() throws IOException {
    Skip.unless(Transport.available() == Transport.EPOLL, "no epoll here");
    List<Integer> ports = freePorts(2);
    try (Rig rig = new Rig();
        TcpBackend ignored = TcpBackend.named(POD, ports.get(1))) {
      SteeringSockets sockets = rig.proxier.steer();
      assertThat(sockets.tcp4()).hasSize(Rig.options().eventLoops());
      int steered = LinuxSocket.newSocket(sockets.tcp4().getFirst()).localAddress().getPort();
      rig.publish(
          ServiceInfo.Settings.of("ns", "web").clusterIp("127.0.0.1").port("main", steered),
          tcp(ports.get(1), ready(POD)));
      rig.publish(
          ServiceInfo.Settings.of("ns", "other").clusterIp("127.96.9.1").port("main", ports.get(0)),
          tcp(ports.get(1), ready(POD)));

      assertThat(TcpClient.nameAt(at("127.0.0.1", steered))).isEqualTo(POD);
      assertThatThrownBy(() -> TcpClient.nameAt(at("127.96.9.1", ports.get(0))))
          .describedAs("its address is not bound")
          .isInstanceOf(IOException.class);

      rig.remove("ns", "web");
      assertThatThrownBy(() -> TcpClient.nameAt(at("127.0.0.1", steered)))
          .describedAs("nobody's address")
          .isInstanceOf(SocketException.class);
    }
  }
}
