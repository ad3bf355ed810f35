// SPDX-License-Identifier: Apache-2.0
/**
 * The data plane without privilege: one listening socket for each address of a Service, bytes
 * relayed by event loops.
 *
 * <p>Life of a TCP connection: an {@code Acceptor} of the dialled address takes it, a {@code
 * TcpFlow} picks an endpoint and connects to it on the same event loop (nothing is passed on
 * before, so another endpoint can be tried), then bytes, half-closes and resets pass between two
 * {@code RelaySide}s. Those are handles on Netty's event loops instead of channels: a relay needs
 * neither pipelines nor promises, and for short connections they cost more than the kernel's part.
 * Where there is no epoll, {@code NettyFlow} does the same with channels.
 *
 * <p>Life of a datagram: the {@code UdpFrontend} finds its {@code UdpFlow} by client address in the
 * {@code UdpFlowTable} or opens one, and the flow's connected socket carries it.
 *
 * <p>Starting points: {@link dev.fairway.proxy.userspace.UserspaceProxier}, {@link
 * dev.fairway.proxy.userspace.UserspaceOptions}.
 */
@NullMarked
package dev.fairway.proxy.userspace;

import org.jspecify.annotations.NullMarked;
