// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server.batch;

/** Makes the responses to datagrams. Confined to one event loop. */
public interface DatagramHandler {
  /** Takes a response that came later; called on the event loop, once. */
  interface Reply {
    /** Sends {@code length} octets of {@code message}, which are copied; nothing for 0. */
    void send(byte[] message, int length);
  }

  /**
   * Answers a datagram.
   *
   * @param message buffer that starts with the datagram; it is used again after the call
   * @param clientHigh the first half of the client's address, IPv4 as IPv4-mapped IPv6
   * @param clientLow the second half
   * @return the length of the response in {@link #response}, 0 for none, or less for a response
   *     that comes later: then {@link #resolve} is called at once
   */
  int handle(byte[] message, int length, long clientHigh, long clientLow);

  /** Holds the response until the next call. */
  byte[] response();

  /** Looks up what {@link #handle} could not answer at once. */
  void resolve(Reply reply);
}
