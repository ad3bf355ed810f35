// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.externalname;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Asks for the addresses of a name. Blocks. */
interface NameLookup {
  /**
   * What is known of a name.
   *
   * @param addresses none where there is no such name, or it has no address
   * @param lifetime how long that holds
   */
  record Answer(List<IpAddress> addresses, Duration lifetime) {
    public Answer {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * Asks.
   *
   * @param name with a dot at its end or without, never relative to anything
   * @throws IOException where nobody answers
   */
  Answer lookup(String name) throws IOException;
}
