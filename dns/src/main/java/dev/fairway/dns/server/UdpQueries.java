// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.server.batch.DatagramHandler;
import java.util.concurrent.Executor;

/** The queries of one event loop that come by UDP in batches. Confined to it. */
final class UdpQueries implements DatagramHandler {
  private final QueryHandler queries;
  private final Executor loop;
  private final Client sender = new Client(Transport.UDP);

  UdpQueries(QueryHandler queries, Executor loop) {
    this.queries = queries;
    this.loop = loop;
  }

  @Override
  public int handle(byte[] message, int length, long clientHigh, long clientLow) {
    sender.setV6(clientHigh, clientLow);
    return queries.handle(message, length, sender);
  }

  @Override
  public byte[] response() {
    return queries.response();
  }

  @Override
  public void resolve(Reply reply) {
    queries.resolve(loop, reply::send);
  }
}
