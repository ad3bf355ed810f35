// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.ClusterConfig;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.net.InetSocketAddress;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How option values become what the commands use, with errors that say what is expected. */
final class Converters {
  private Converters() {}

  /** A port; 0 means any free one. */
  static final class Port implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return number(text, 0, 65535, "a port from 0 (any free port) to 65535");
    }
  }

  /** How many connections; 0 means any number. */
  static final class Connections implements ITypeConverter<Integer> {
    private static final int MAX = 1_000_000;

    @Override
    public Integer convert(String text) {
      return number(text, 0, MAX, "a number from 0 (any number) to " + MAX);
    }
  }

  /** Bytes per second; 0 means any number. */
  static final class BytesPerSecond implements ITypeConverter<Long> {
    private static final int MAX = 1_000_000_000;

    @Override
    public Long convert(String text) {
      return (long) number(text, 0, MAX, "a number from 0 (any number) to " + MAX);
    }
  }

  /** How many nodes. */
  static final class Nodes implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      int max = ClusterConfig.MAX_NODES;
      return number(text, 1, max, "a number from 1 to " + max);
    }
  }

  /** A duration above zero. */
  static final class PositiveDuration implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Duration duration;
      try {
        duration = GoDuration.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + text + "': " + e.getMessage());
      }
      if (duration.toMillis() < 1000) {
        throw new TypeConversionException("'" + text + "': expected at least 1s");
      }
      return duration;
    }
  }

  /** A duration of zero or above. */
  static final class NotNegativeDuration implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return GoDuration.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + text + "': " + e.getMessage());
      }
    }
  }

  /** An IP address. */
  static final class Address implements ITypeConverter<IpAddress> {
    @Override
    public IpAddress convert(String text) {
      IpAddress address = IpAddress.tryParse(text);
      if (address == null) {
        throw new TypeConversionException("'" + text + "': expected an IP address");
      }
      return address;
    }
  }

  /** A range of IP addresses. */
  static final class Prefix implements ITypeConverter<IpPrefix> {
    @Override
    public IpPrefix convert(String text) {
      IpPrefix prefix = IpPrefix.tryParse(text);
      if (prefix == null) {
        throw new TypeConversionException("'" + text + "': expected a range such as 10.250.0.0/24");
      }
      return prefix;
    }
  }

  /** An address with a port; IPv6 in brackets. */
  static final class Socket implements ITypeConverter<InetSocketAddress> {
    @Override
    public InetSocketAddress convert(String text) {
      int colon = text.lastIndexOf(':');
      String host = colon < 0 ? "" : text.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      } else if (host.contains(":")) {
        host = "";
      }
      IpAddress address = IpAddress.tryParse(host);
      if (address == null) {
        throw new TypeConversionException(
            "'" + text + "': expected an IP address and a port, such as 127.0.0.1:1053");
      }
      int port = number(text.substring(colon + 1), 0, 65535, "a port from 0 to 65535");
      return new InetSocketAddress(address.toString(), port);
    }
  }

  private static int number(String text, int min, int max, String expected) {
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException _) {
      throw new TypeConversionException("'" + text + "': expected " + expected);
    }
    throw new TypeConversionException("'" + text + "': expected " + expected);
  }
}
