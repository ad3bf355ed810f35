// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the zone is like.
 *
 * @param zone the cluster domain
 * @param ttl of positive answers in seconds, 0 to 3600
 * @param negativeTtl for how long a missing name may be remembered, in seconds, 0 to 3600
 * @param pods how pod names are answered
 * @param compat do as CoreDNS does also where RFCs say otherwise (see README, Deviations)
 * @param exposure which objects have names
 * @param zonal whether {@code <topology zone>.pin._zone.<headless service>} and {@code prefer}
 *     exist
 * @param reverseZones zones under in-addr.arpa and ip6.arpa that belong to this server alone; in
 *     others it answers for the addresses it knows
 * @param localAddresses addresses of this server, what {@code ns.dns.<zone>} answers
 */
public record ZoneOptions(
    String zone,
    int ttl,
    int negativeTtl,
    PodsMode pods,
    boolean compat,
    Exposure exposure,
    boolean zonal,
    List<String> reverseZones,
    List<IpAddress> localAddresses) {

  private static final int MAX_TTL = 3600;

  public ZoneOptions {
    WireName.of(zone);
    requireTtl("ttl", ttl);
    requireTtl("negativeTtl", negativeTtl);
    reverseZones = List.copyOf(reverseZones);
    localAddresses = List.copyOf(localAddresses);
    for (String reverse : reverseZones) {
      WireName.of(reverse);
    }
  }

  /** The defaults: TTL 5, insecure pods, all objects, no compatibility mode, no reverse zones. */
  public static ZoneOptions of(String zone) {
    return new ZoneOptions(
        zone, 5, 5, PodsMode.INSECURE, false, Exposure.ALL, false, List.of(), List.of());
  }

  /** With other TTLs. */
  public ZoneOptions withTtl(int positive, int negative) {
    return with(fields -> {
      fields.ttl = positive;
      fields.negativeTtl = negative;
    });
  }

  /** With another way to answer pod names. */
  public ZoneOptions withPods(PodsMode mode) {
    return with(fields -> fields.pods = mode);
  }

  /** With CoreDNS compatibility on or off. */
  public ZoneOptions withCompat(boolean on) {
    return with(fields -> fields.compat = on);
  }

  /** With names for other objects. */
  public ZoneOptions withExposure(Exposure objects) {
    return with(fields -> fields.exposure = objects);
  }

  /** With ClusterIP services that have no ready endpoint left out, or not. */
  public ZoneOptions withIgnoreEmptyServices(boolean on) {
    return withExposure(exposure.withEmptyServices(!on));
  }

  /** With or without names for the endpoints of one topology zone. */
  public ZoneOptions withZonal(boolean on) {
    return with(fields -> fields.zonal = on);
  }

  /** With these reverse zones, given as names. */
  public ZoneOptions withReverseZones(List<String> zones) {
    return with(fields -> fields.reverseZones = zones);
  }

  /** With these addresses of the server. */
  public ZoneOptions withLocalAddresses(List<IpAddress> addresses) {
    return with(fields -> fields.localAddresses = addresses);
  }

  /**
   * The reverse zones that cover a range: several when the prefix does not end at a label, as
   * {@code 127.64.0.0/12} does not.
   *
   * @param cidr {@code address/prefix length}
   */
  public static List<String> reverseZonesOf(String cidr) {
    int slash = cidr.indexOf('/');
    IpAddress base = IpAddress.tryParse(slash < 0 ? cidr : cidr.substring(0, slash));
    int bits = slash < 0 ? -1 : Integer.parseInt(cidr.substring(slash + 1));
    if (base == null || bits < 0 || bits > (base.isV4() ? 32 : 128)) {
      throw new IllegalArgumentException("not a range like 10.0.0.0/8: '" + cidr + "'");
    }
    int step = base.isV4() ? 8 : 4;
    int labels = Math.max(1, (bits + step - 1) / step);
    int[] digits = digits(base, step);
    int free = labels * step - bits;
    int first = digits[labels - 1] & -(1 << free);
    List<String> zones = new ArrayList<>();
    for (int last = first; last < first + (1 << free); last++) {
      StringBuilder name = new StringBuilder(Integer.toString(last, base.isV4() ? 10 : 16));
      for (int i = labels - 2; i >= 0; i--) {
        name.append('.').append(Integer.toString(digits[i], base.isV4() ? 10 : 16));
      }
      zones.add(name.append(base.isV4() ? ".in-addr.arpa." : ".ip6.arpa.").toString());
    }
    return zones;
  }

  private static int[] digits(IpAddress address, int step) {
    byte[] bytes = address.toBytes();
    int[] digits = new int[bytes.length * 8 / step];
    for (int i = 0; i < digits.length; i++) {
      int octet = bytes[i * step / 8] & 0xff;
      digits[i] = step == 8 ? octet : (i % 2 == 0 ? octet >>> 4 : octet & 15);
    }
    return digits;
  }

  private static void requireTtl(String what, int value) {
    if (value < 0 || value > MAX_TTL) {
      throw new IllegalArgumentException(what + " must be in [0, 3600], not " + value);
    }
  }

  private ZoneOptions with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return fields.options();
  }

  /** The same, to be changed. */
  private static final class Fields {
    String zone;
    int ttl;
    int negativeTtl;
    PodsMode pods;
    boolean compat;
    Exposure exposure;
    boolean zonal;
    List<String> reverseZones;
    List<IpAddress> localAddresses;

    Fields(ZoneOptions options) {
      zone = options.zone;
      ttl = options.ttl;
      negativeTtl = options.negativeTtl;
      pods = options.pods;
      compat = options.compat;
      exposure = options.exposure;
      zonal = options.zonal;
      reverseZones = options.reverseZones;
      localAddresses = options.localAddresses;
    }

    ZoneOptions options() {
      return new ZoneOptions(
          zone, ttl, negativeTtl, pods, compat, exposure, zonal, reverseZones, localAddresses);
    }
  }
}
