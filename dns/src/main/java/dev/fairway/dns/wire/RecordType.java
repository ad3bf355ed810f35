// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.wire;

/** Record types and classes by their numbers on the wire (IANA DNS parameters). */
public final class RecordType {
  public static final int A = 1;
  public static final int NS = 2;
  public static final int CNAME = 5;
  public static final int SOA = 6;
  public static final int PTR = 12;
  public static final int HINFO = 13;
  public static final int MX = 15;
  public static final int TXT = 16;
  public static final int AAAA = 28;
  public static final int SRV = 33;
  public static final int OPT = 41;
  public static final int SVCB = 64;
  public static final int HTTPS = 65;
  public static final int TSIG = 250;
  public static final int IXFR = 251;
  public static final int AXFR = 252;
  public static final int ANY = 255;

  /** The class IN. */
  public static final int CLASS_IN = 1;

  /** The class CH, whose names tell about the server itself. */
  public static final int CLASS_CH = 3;

  private RecordType() {}

  /**
   * The name of a type as metrics print it; types that are not worth a label of their own are
   * {@code other}.
   */
  public static String label(int type) {
    return switch (type) {
      case A -> "A";
      case NS -> "NS";
      case CNAME -> "CNAME";
      case SOA -> "SOA";
      case PTR -> "PTR";
      case MX -> "MX";
      case TXT -> "TXT";
      case AAAA -> "AAAA";
      case SRV -> "SRV";
      case HTTPS -> "HTTPS";
      case IXFR -> "IXFR";
      case AXFR -> "AXFR";
      case ANY -> "ANY";
      default -> "other";
    };
  }

  /** The number of a type's name, or of {@code TYPE} and a number (RFC 3597); -1 for none. */
  public static int parse(String name) {
    return org.xbill.DNS.Type.value(name, false);
  }

  /** The name of a type. */
  public static String text(int type) {
    return org.xbill.DNS.Type.string(type);
  }
}
