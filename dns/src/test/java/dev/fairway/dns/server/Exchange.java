// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.ClusterModel;
import dev.fairway.dns.cluster.ClusterZone;
import dev.fairway.dns.cluster.ZoneOptions;
import dev.fairway.dns.metrics.DnsMetrics;
import dev.fairway.dns.rules.RuleSet;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Asks a handler without sockets. Its zone has a service {@code web}, and {@code big} with 199
 * endpoints; its clock stands where a test puts it.
 */
final class Exchange {
  private final DnsMetrics metrics = new DnsMetrics();
  private final QueryHandler handler;
  private Client client = new Client(Transport.UDP);
  private long seconds = 1_559_731_985;
  private long nanos;

  Exchange(ServerOptions options) {
    ClusterZone zone =
        new ClusterZone(ZoneOptions.of("cluster.local"), () -> Instant.ofEpochSecond(1), 1);
    ClusterModel model = new ClusterModel();
    model.service("default/web").clusterIp("10.0.0.1").port("http", "TCP", 80);
    ClusterModel.ServiceBuilder big =
        model.service("default/big").headless().port("http", "TCP", 80);
    for (int i = 0; i < 199; i++) {
      big.endpoint("10.1.0." + i);
    }
    zone.onSnapshot(model.step());
    ClientGuard guard =
        new ClientGuard(options, () -> Instant.ofEpochSecond(seconds), () -> nanos, new Random(1));
    handler = new QueryHandler(zone, new Backend(RuleSet.PLAIN, null), metrics, options, guard, 3);
    from(Transport.UDP, "198.51.100.100");
  }

  static Exchange withDefaults() {
    return new Exchange(ServerOptions.defaults());
  }

  DnsMetrics metrics() {
    return metrics;
  }

  /** Next queries come from there. */
  Exchange from(Transport transport, String address) {
    try {
      client = Client.of(transport, InetAddress.getByName(address));
    } catch (IOException e) {
      throw new IllegalArgumentException(address, e);
    }
    return this;
  }

  /** Sets the clock. */
  Exchange at(long epochSecond) {
    seconds = epochSecond;
    return this;
  }

  /** Moves the clock of the limits. */
  Exchange pass(long nanoseconds) {
    nanos += nanoseconds;
    return this;
  }

  /** The octets of the response, of a transfer those of its first message; null without one. */
  byte @Nullable [] send(byte[] query) {
    int length = handler.handle(query, query.length, client);
    if (length == QueryHandler.TRANSFER) {
      Transfer transfer = handler.takeTransfer();
      length = handler.next(transfer);
      transfer.end();
    }
    return length == QueryHandler.DROP ? null : Arrays.copyOf(handler.response(), length);
  }

  /** The response to octets written in hexadecimal. */
  Message ask(String hex) throws IOException {
    return new Message(Objects.requireNonNull(send(hex(hex))));
  }

  /** The response to a query. */
  Message ask(Message query) throws IOException {
    return new Message(Objects.requireNonNull(send(query.toWire())));
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  /** A question {@code name type [class]} without RD, with these options if there are any. */
  static Message query(String question, EDNSOption... options) throws IOException {
    String[] words = question.split(" ");
    int klass = words.length > 2 ? DClass.value(words[2]) : DClass.IN;
    Message query =
        Message.newQuery(Record.newRecord(Name.fromString(words[0]), Type.value(words[1]), klass));
    query.getHeader().unsetFlag(Flags.RD);
    if (options.length > 0) {
      query.addRecord(new OPTRecord(1232, 0, 0, 0, options), Section.ADDITIONAL);
    }
    return query;
  }

  /** An option with data written in hexadecimal. */
  static EDNSOption option(int code, String data) {
    return new GenericEDNSOption(code, hex(data));
  }

  /** Data of the only option of that code, in hexadecimal; null without. */
  static @Nullable String optionOf(Message response, int code) throws IOException {
    OPTRecord opt = response.getOPT();
    if (opt == null || opt.getOptions(code).isEmpty()) {
      return null;
    }
    byte[] wire = opt.getOptions(code).getFirst().toWire();
    return HexFormat.of().formatHex(wire, 4, wire.length);
  }

  /** {@code RCODE answers [tc]}. */
  static String summary(Message response) {
    String truncated = response.getHeader().getFlag(Flags.TC) ? " tc" : "";
    int code = response.getRcode();
    return (code == 23 ? "BADCOOKIE" : Rcode.string(code))
        + ' '
        + response.getSection(Section.ANSWER).size()
        + truncated;
  }
}
