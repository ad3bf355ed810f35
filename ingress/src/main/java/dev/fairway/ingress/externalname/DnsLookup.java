// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.externalname;

import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Asks DNS for A and AAAA records, along aliases. Thread-safe. */
final class DnsLookup implements NameLookup {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /** How long it holds that there is no such name. */
  private static final Duration NOTHING = Duration.ofSeconds(5);

  private final Resolver resolver;

  /**
   * @param servers to ask; empty for those of this machine
   */
  DnsLookup(List<InetSocketAddress> servers) {
    if (servers.isEmpty()) {
      resolver = new ExtendedResolver();
    } else {
      List<Resolver> each = new ArrayList<>();
      servers.forEach(server -> each.add(new SimpleResolver(server)));
      resolver = new ExtendedResolver(each);
    }
    resolver.setTimeout(TIMEOUT);
  }

  @Override
  public Answer lookup(String name) throws IOException {
    Name asked;
    try {
      asked = Name.fromString(name, Name.root);
    } catch (TextParseException noName) {
      return new Answer(List.of(), NOTHING);
    }
    List<IpAddress> addresses = new ArrayList<>();
    long seconds = Math.min(ask(asked, Type.A, addresses), ask(asked, Type.AAAA, addresses));
    return new Answer(
        addresses, addresses.isEmpty() ? NOTHING : Duration.ofSeconds(Math.max(0, seconds)));
  }

  /** Adds the addresses of a type; returns how many seconds they hold. */
  private long ask(Name name, int type, List<IpAddress> addresses) throws IOException {
    Lookup lookup = new Lookup(name, type);
    lookup.setResolver(resolver);
    lookup.setCache(null); // answers are kept by who asks
    Record[] records = lookup.run();
    if (lookup.getResult() == Lookup.TRY_AGAIN || lookup.getResult() == Lookup.UNRECOVERABLE) {
      throw new IOException(name + ": " + lookup.getErrorString());
    }
    long seconds = Long.MAX_VALUE;
    for (Record record : records == null ? new Record[0] : records) {
      seconds = Math.min(seconds, record.getTTL());
      switch (record) {
        case ARecord a -> addresses.add(IpAddress.ofBytes(a.getAddress().getAddress()));
        case AAAARecord aaaa -> addresses.add(IpAddress.ofBytes(aaaa.getAddress().getAddress()));
        default -> {}
      }
    }
    return seconds;
  }
}
