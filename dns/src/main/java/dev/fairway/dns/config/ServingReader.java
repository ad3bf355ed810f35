// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import dev.fairway.dns.server.CookieOptions;
import dev.fairway.dns.server.CookieSecret;
import dev.fairway.dns.server.DesignatedResolver;
import dev.fairway.dns.server.LocalName;
import dev.fairway.dns.server.RateLimitOptions;
import dev.fairway.dns.server.SecureOptions;
import dev.fairway.dns.server.TransferOptions;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads how clients are served: encrypted DNS (the schemes of server blocks, and {@code tls}),
 * {@code transfer}, {@code chaos}, {@code cookie}, {@code ratelimit}, {@code ddr}, {@code
 * local_names}. They hold for the whole process, whichever server block they stand in.
 */
final class ServingReader {
  /** The schemes that a zone can have before it, with their usual ports. */
  enum Scheme {
    DNS("dns", 53),
    TLS("tls", 853),
    HTTPS("https", 443),
    HTTPS3("https3", 443),
    QUIC("quic", 853);

    private final String text;
    private final int port;

    Scheme(String text, int port) {
      this.text = text;
      this.port = port;
    }

    int port() {
      return port;
    }

    /** The scheme of {@code scheme://zone}; null for one that is not served. */
    static @Nullable Scheme of(String key) {
      int end = key.indexOf("://");
      if (end < 0) {
        return DNS;
      }
      for (Scheme scheme : values()) {
        if (scheme.text.equals(key.substring(0, end))) {
          return scheme;
        }
      }
      return null;
    }
  }

  private static final int DNS_PORT = 53;
  private static final List<IpPrefix> EVERYBODY =
      List.of(IpPrefix.parse("0.0.0.0/0"), IpPrefix.parse("::/0"));

  private final Words words;
  private final Problems problems;
  private final Set<InetSocketAddress> tls = new LinkedHashSet<>();
  private final Set<InetSocketAddress> https = new LinkedHashSet<>();
  private final Set<InetSocketAddress> https3 = new LinkedHashSet<>();
  private final Set<InetSocketAddress> quic = new LinkedHashSet<>();
  private final List<IpPrefix> transferTo = new ArrayList<>();
  private final List<InetSocketAddress> secondaries = new ArrayList<>();
  private Directive.@Nullable Place encrypted;
  private @Nullable Path certificate;
  private @Nullable Path key;
  private String version = "";
  private @Nullable CookieOptions cookies;
  private @Nullable RateLimitOptions rateLimit;
  private Directive.@Nullable Place designatedPlace;
  private String designatedName = "";
  private Set<LocalName> localNames = LocalName.defaults();

  ServingReader(Words words) {
    this.words = words;
    this.problems = words.problems();
  }

  /** A server block is to be served encrypted at this address. */
  void listen(Scheme scheme, InetSocketAddress address, Directive.Place place) {
    encrypted = place;
    switch (scheme) {
      case TLS -> tls.add(address);
      case HTTPS -> https.add(address);
      case HTTPS3 -> https3.add(address);
      case QUIC -> quic.add(address);
      case DNS -> throw new IllegalArgumentException("not encrypted");
    }
  }

  /** Reads a directive; false if it is none of these. */
  boolean read(Directive directive, Path folder) {
    switch (directive.name()) {
      case "tls" -> tls(directive, folder);
      case "transfer" -> transfer(directive);
      case "chaos" -> chaos(directive);
      case "cookie" -> cookie(directive);
      case "ratelimit" -> rateLimit(directive);
      case "ddr" -> designated(directive);
      case "local_names" -> localNames(directive);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What was read; to be called once. */
  DnsConfig.Serving result() {
    SecureOptions secure = null;
    if (encrypted != null) {
      if (certificate == null || key == null) {
        problems.add(encrypted, "is served encrypted and needs 'tls CERTIFICATE KEY'");
      } else {
        if (!https3.isEmpty() && !https3.equals(https)) {
          problems.add(encrypted, "https3:// needs https:// with the same ports beside it");
        }
        secure =
            SecureOptions.of(certificate, key)
                .withTls(tls.toArray(InetSocketAddress[]::new))
                .withHttps(https.toArray(InetSocketAddress[]::new))
                .withHttp3(!https3.isEmpty())
                .withQuic(quic.toArray(InetSocketAddress[]::new));
      }
    }
    return new DnsConfig.Serving(
        secure,
        TransferOptions.to(transferTo).withSecondaries(secondaries),
        version,
        cookies == null ? CookieOptions.defaults() : cookies,
        rateLimit == null ? RateLimitOptions.off() : rateLimit,
        localNames,
        designated(secure));
  }

  private @Nullable DesignatedResolver designated(@Nullable SecureOptions secure) {
    if (designatedPlace == null) {
      return null;
    }
    if (secure == null) {
      problems.add(designatedPlace, "has no encrypted DNS to tell of");
      return null;
    }
    return new DesignatedResolver(
        designatedName,
        port(secure.tls()),
        port(secure.https()),
        secure.http3(),
        secure.path(),
        port(secure.quic()));
  }

  private static int port(List<InetSocketAddress> addresses) {
    return addresses.isEmpty() ? 0 : addresses.getFirst().getPort();
  }

  private void designated(Directive directive) {
    words.noChildren(directive);
    if (words.count(directive, 1, 1)) {
      String name = directive.args().getFirst();
      if (WireName.parse(name) == null || name.equals(".")) {
        problems.value(directive.place(), name, "the name in the certificate");
      } else {
        designatedPlace = directive.place();
        designatedName = name;
      }
    }
  }

  private void localNames(Directive directive) {
    words.noChildren(directive);
    Set<LocalName> names = EnumSet.noneOf(LocalName.class);
    boolean none = directive.args().equals(List.of("none"));
    if (!none && words.count(directive, 1, Integer.MAX_VALUE)) {
      for (String word : directive.args()) {
        LocalName name = localName(word);
        if (name == null) {
          problems.value(
              directive.place(),
              word,
              "none, localhost, invalid, onion, resolver.arpa, private-reverse, home.arpa, test");
        } else {
          names.add(name);
        }
      }
    }
    localNames = names;
  }

  private static @Nullable LocalName localName(String word) {
    for (LocalName name : LocalName.values()) {
      if (name.name().equalsIgnoreCase(word.replace('.', '_').replace('-', '_'))) {
        return name;
      }
    }
    return null;
  }

  private void tls(Directive directive, Path folder) {
    for (Directive option : directive.children()) {
      words.unknown(option, "none; clients need no certificates");
    }
    if (words.count(directive, 2, 2)) {
      Path newCertificate = folder.resolve(directive.args().get(0));
      Path newKey = folder.resolve(directive.args().get(1));
      if (certificate != null && !(newCertificate.equals(certificate) && newKey.equals(key))) {
        problems.add(directive.place(), "another server block has another certificate");
      }
      certificate = newCertificate;
      key = newKey;
    }
  }

  private void transfer(Directive directive) {
    for (Directive option : directive.children()) {
      if (!option.name().equals("to")) {
        words.unknown(option, "to");
      } else if (words.count(option, 1, Integer.MAX_VALUE)) {
        option.args().forEach(word -> transferTo(option.place(), word));
      }
    }
    if (directive.children().isEmpty()) {
      problems.add(directive.place(), "needs 'to'");
    }
  }

  /** {@code *}, a range of addresses, or a secondary that is also told of changes. */
  private void transferTo(Directive.Place place, String word) {
    if (word.equals("*")) {
      transferTo.addAll(EVERYBODY);
      return;
    }
    IpPrefix range = word.indexOf('/') < 0 ? null : IpPrefix.tryParse(word);
    if (range != null) {
      transferTo.add(range);
      return;
    }
    InetAddress bare = Words.inet(word);
    InetSocketAddress secondary =
        bare != null ? new InetSocketAddress(bare, DNS_PORT) : words.socket(place, word);
    if (secondary != null) {
      secondaries.add(secondary);
      transferTo.add(IpPrefix.single(IpAddress.ofBytes(secondary.getAddress().getAddress())));
    }
  }

  private void chaos(Directive directive) {
    words.noChildren(directive);
    if (directive.args().isEmpty()) {
      problems.warn(directive.place(), "has no version to tell");
      return;
    }
    version = directive.args().getFirst();
    if (version.length() > 255) {
      problems.value(directive.place(), version, "at most 255 characters");
      version = "";
    }
    if (directive.args().size() > 1) {
      problems.warn(directive.place(), "authors are not told");
    }
  }

  private void cookie(Directive directive) {
    List<CookieSecret> secrets = new ArrayList<>();
    for (String word : directive.args()) {
      try {
        secrets.add(CookieSecret.parse(word));
      } catch (IllegalArgumentException e) {
        // The word may be most of a secret, so that it is not repeated.
        problems.add(directive.place(), "has a word that is not 32 hexadecimal digits");
      }
    }
    boolean required = false;
    boolean enabled = true;
    for (Directive option : directive.children()) {
      switch (option.name()) {
        case "required" -> required = words.count(option, 0, 0);
        case "off" -> enabled = !words.count(option, 0, 0);
        default -> words.unknown(option, "required, off");
      }
    }
    cookies = new CookieOptions(enabled, secrets, required);
  }

  private void rateLimit(Directive directive) {
    if (!words.count(directive, 1, 2)) {
      return;
    }
    int rate = words.number(directive, 0, 1, 100_000);
    int burst = directive.args().size() > 1 ? words.number(directive, 1, 1, 1_000_000) : rate;
    RateLimitOptions usual = RateLimitOptions.of(rate);
    int slip = usual.slip();
    int prefix = usual.v6Prefix();
    for (Directive option : directive.children()) {
      switch (option.name()) {
        case "slip" -> slip = words.number(option, 0, 100);
        case "v6_prefix" -> prefix = words.number(option, 1, 128);
        default -> words.unknown(option, "slip, v6_prefix");
      }
    }
    rateLimit = new RateLimitOptions(rate, burst, slip, prefix, usual.clients());
  }
}
