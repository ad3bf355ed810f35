// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.cluster.SearchPath;
import dev.fairway.dns.cluster.ZoneSnapshot;
import dev.fairway.dns.forward.Forwarder;
import dev.fairway.dns.forward.Lookup;
import dev.fairway.dns.rules.Acl;
import dev.fairway.dns.rules.Block;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.WireName;
import org.jspecify.annotations.Nullable;

/**
 * Finds the last question of a client's search path, and whether its answer may be given to the
 * first one: whoever may not ask the last question does not get its answer this way either.
 * Confined to one event loop.
 */
final class SearchPaths {
  private final SearchPath path = new SearchPath();

  /**
   * The last question of the search path that {@code query} begins; null where there is none, or
   * where it is not to be asked for the client.
   *
   * @param query for a name that the zone does not have
   * @param by the block of its name
   * @param state the rules in force, and who looks names up
   */
  @Nullable Lookup last(
      ZoneSnapshot zone, Query query, Client client, Block by, Backend.State state) {
    long low = client.isV4() ? client.low() & 0xffff_ffffL : client.low();
    byte[] rest = path.rest(zone, query.name(), client.isV4(), client.high(), low);
    Forwarder forwarder = state.forwarder();
    if (rest == null || forwarder == null || !query.recursionDesired()) {
      return null;
    }
    Lookup lookup = Lookup.chase(rest, query.type());
    WireName name = lookup.wireName();
    Block last = state.rules().block(name);
    return last != null
            && last.isForwardOnly(by)
            && last.acl().decide(name, query.type(), client.high(), client.low())
                == Acl.Action.ALLOW
            && !forwarder.refuses(name)
        ? lookup
        : null;
  }
}
