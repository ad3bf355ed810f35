// SPDX-License-Identifier: Apache-2.0
/**
 * The data plane without privilege: one listening socket for each address of a Service, bytes
 * relayed by event loops.
 *
 * <p>Life of a TCP connection: the {@code TcpFrontend} of the dialled address accepts, a {@code
 * TcpFlow} picks an endpoint and connects to it on the same event loop (the client's bytes wait in
 * the kernel, so another endpoint can be tried), then two {@code TcpRelay} handlers pass bytes,
 * half-closes and resets. Life of a datagram: the {@code UdpFrontend} finds its {@code UdpFlow} by
 * client address in the {@code UdpFlowTable} or opens one, and the flow's connected socket carries
 * it.
 *
 * <p>Starting points: {@link dev.fairway.proxy.userspace.UserspaceProxier}, {@link
 * dev.fairway.proxy.userspace.UserspaceOptions}.
 */
@NullMarked
package dev.fairway.proxy.userspace;

import org.jspecify.annotations.NullMarked;
