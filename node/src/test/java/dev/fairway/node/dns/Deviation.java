// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** In what we mean to differ from CoreDNS; each says what its reply would have to be then. */
enum Deviation {
  RECURSION_AVAILABLE("RA is said of cluster names too, where others are looked up", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return !theirs.recursion() && ours.recursion() ? theirs.withRecursion(true) : null;
    }
  },

  EMPTY_NON_TERMINAL("a name above an existing one exists (RFC 8020)", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return theirs.rcode().equals("NXDOMAIN")
              && ours.rcode().equals("NOERROR")
              && asked.hasNamesBelow()
          ? theirs.withRcode("NOERROR")
          : null;
    }
  },

  EXISTENCE_IS_OF_THE_NAME("a name that exists for one type exists for all", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return theirs.rcode().equals("NXDOMAIN") && ours.rcode().equals("NOERROR") && asked.exists()
          ? theirs.withRcode("NOERROR")
          : null;
    }
  },

  PREFIXES_OF_ADDRESSES_EXIST("there may be addresses below a prefix of in-addr.arpa", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return asked.name().toLowerCase(Locale.ROOT).endsWith(".arpa.")
              && theirs.rcode().equals("NXDOMAIN")
              && ours.rcode().equals("NOERROR")
          ? theirs.withRcode("NOERROR")
          : null;
    }
  },

  SOA_OF_WHAT_IS_MISSING("a missing name is missing for SOA too", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return asked.type().equals("SOA")
              && isNodata(theirs)
              && ours.rcode().equals("NXDOMAIN")
              && !asked.exists()
          ? theirs.withRcode("NXDOMAIN")
          : null;
    }
  },

  LOOPBACK_IS_AN_ADDRESS("a server that listens on 127.0.0.2 alone has that address", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      boolean told =
          ours.answer().stream()
              .map(record -> record.toLowerCase(Locale.ROOT))
              .anyMatch(record -> record.matches("ns\\.dns\\..* a .*|.* ns ns\\.dns\\..*"));
      // CoreDNS has a name server without any address, and knows its name in lower case only.
      return Set.of("A", "NS").contains(asked.type()) && theirs.hasNoAnswer() && told ? ours : null;
    }
  },

  ADDRESSES_HAVE_SO_MANY_LABELS(
      "a label before the name of an IPv6 address makes no address", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      boolean longer = asked.name().split("\\.").length > IPV6_LABELS;
      return asked.name().toLowerCase(Locale.ROOT).endsWith(".ip6.arpa.")
              && longer
              && theirs.rcode().equals("NOERROR")
              && ours.rcode().equals("NXDOMAIN")
              && ours.hasNoAnswer()
          ? ours
          : null;
    }
  },

  ANY_IS_HINFO("ANY is answered as RFC 8482 says", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      Set<String> hinfo =
          Set.of(asked.name() + " " + asked.ttl() + " HINFO \"ANY obsoleted\" \"See RFC 8482\"");
      return asked.type().equals("ANY") && isNodata(theirs) && ours.answer().equals(hinfo)
          ? theirs.withAnswer(hinfo).withAuthority(Set.of())
          : null;
    }
  },

  NOTHING_IS_BELOW_A_POD("a label before the name of a pod makes no pod", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      boolean below = asked.name().split("\\.").length > POD_LABELS;
      return asked.name().toLowerCase(Locale.ROOT).endsWith(".pod.cluster.local.")
              && below
              && theirs.rcode().equals("NOERROR")
              && ours.rcode().equals("NXDOMAIN")
              && ours.hasNoAnswer()
          ? ours
          : null;
    }
  },

  A_PORT_HAS_A_NAME("_ alone stands for no port, not for all", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return (asked.name().startsWith("_.") || asked.name().contains("._."))
              && theirs.rcode().equals("NOERROR")
              && (ours.rcode().equals("NXDOMAIN") || isNodata(ours))
              && ours.hasNoAnswer()
          ? ours
          : null;
    }
  },

  PODS_HAVE_NO_PORTS("the name of a pod has no SRV", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return asked.type().equals("SRV")
              && asked.name().toLowerCase(Locale.ROOT).endsWith(".pod.cluster.local.")
              && theirs.answer().size() == 1
              && isNodata(ours)
          ? ours
          : null;
    }
  },

  ENDPOINTS_OF_A_CLUSTER_IP_HAVE_NO_PORTS("an endpoint behind a ClusterIP has no SRV", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return asked.type().equals("SRV")
              && asked.isBehindClusterIp()
              && isNodata(ours)
              && theirs.answer().stream()
                  .allMatch(record -> Reply.data(record).equalsIgnoreCase(asked.name()))
          ? ours
          : null;
    }
  },

  WEIGHTS_OF_DISTINCT_ENDPOINTS(
      "an endpoint that is listed twice weighs as one, one without ports nothing", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      boolean odd = asked.isOddlyWeighted() || asked.whole().additional().size() > 1;
      if (!asked.type().equals("SRV") || !odd) {
        return null;
      }
      Set<String> weighed = new TreeSet<>();
      for (String record : theirs.answer()) {
        weighed.add(record.replaceFirst(" SRV 0 \\d+ ", " SRV 0 " + weight(asked.whole()) + " "));
      }
      return weighed.equals(theirs.answer()) ? null : theirs.withAnswer(weighed);
    }
  },

  GLUE_IS_THE_WHOLE_SET(
      "additional records are all addresses of a target, not those of a port", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      Set<String> all = asked.whole().additional();
      boolean ofTargets =
          all.stream()
              .map(record -> record.substring(0, record.indexOf(' ')))
              .allMatch(owner ->
                  asked.whole().answer().stream().anyMatch(srv -> srv.endsWith(" " + owner)));
      return asked.type().equals("SRV")
              && !theirs.truncated()
              && all.size() > theirs.additional().size()
              && all.containsAll(theirs.additional())
              && ofTargets
          ? theirs.withAdditional(all)
          : null;
    }
  },

  PTR_NEEDS_A_NAME(
      "PTR leads to names that exist, not to those of slices without a Service", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      if (!asked.type().equals("PTR") || theirs.answer().isEmpty()) {
        return null;
      }
      Set<String> kept = new TreeSet<>();
      for (String record : theirs.answer()) {
        if (asked.cluster().exists(Reply.data(record))) {
          kept.add(record);
        }
      }
      if (kept.size() == theirs.answer().size()) {
        return null;
      }
      return kept.isEmpty()
          ? theirs.withAnswer(kept).withAuthority(ours.authority()).withRcode("NXDOMAIN")
          : theirs.withAnswer(kept);
    }
  },

  CNAME_OF_EVERY_TYPE("an ExternalName is a CNAME whatever is asked (RFC 1034)", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      boolean other = !Set.of("A", "AAAA", "CNAME", "ANY").contains(asked.type());
      return other && isNodata(theirs) && isChainOf(asked, ours) ? ours : null;
    }
  },

  CNAME_OF_WHAT_IS_MISSING(
      "an ExternalName stays where its target has no answer (RFC 6604)", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      boolean address = Set.of("A", "AAAA").contains(asked.type());
      boolean ends = ours.answer().stream().allMatch(record -> record.contains(" CNAME "));
      return address && ends && isNodata(theirs) && isChainOf(asked, ours) ? ours : null;
    }
  },

  FAILED_TARGET("an ExternalName that cannot be followed is SERVFAIL, CNAME or not", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      boolean unfollowed = isNodata(theirs) || isChainOf(asked, theirs);
      boolean failed = ours.rcode().equals("SERVFAIL") && isChainOf(asked, ours);
      // CoreDNS keeps the CNAME where the upstream says SERVFAIL, and not where it says nothing.
      return asked.externalName() != null
              && theirs.rcode().equals("NOERROR")
              && theirs.answer().stream().allMatch(record -> record.contains(" CNAME "))
              && unfollowed
              && (failed || (isNodata(ours) && "fail.ext.test.".equals(asked.externalName())))
          ? ours
          : null;
    }
  },

  ADDRESS_AS_TARGET("an ExternalName that is an address answers it", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return asked.externalAddress() != null && theirs.hasNoAnswer() ? ours : null;
    }
  },

  PTR_OF_THE_HEADLESS("PTR: hostnames of headless Services before all other names", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return asked.type().equals("PTR")
              && !ours.answer().isEmpty()
              && ours.answer().size() < theirs.answer().size()
              && theirs.answer().containsAll(ours.answer())
          ? theirs.withAnswer(ours.answer())
          : null;
    }
  },

  TC_IS_FOR_ANSWERS("left-out additional records do not set TC (RFC 2181)", false) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return theirs.truncated()
              && !ours.truncated()
              && ours.answer().equals(asked.whole().answer())
              && asked.whole().additional().containsAll(ours.additional())
          ? ours
          : null;
    }
  },

  NO_FRAGMENTS("responses over UDP have at most 1232 octets", true) {
    @Override
    @Nullable Reply mend(Asked asked, Reply theirs, Reply ours) {
      return asked.offered() > 1232
              && !theirs.truncated()
              && theirs.equals(asked.whole().withRecursion(theirs.recursion()))
              && asked.whole().answer().containsAll(ours.answer())
              && asked.whole().additional().containsAll(ours.additional())
              && (ours.truncated() || ours.answer().equals(asked.whole().answer()))
          ? ours
          : null;
    }
  };

  /**
   * A question and what is known about it.
   *
   * @param ttl of positive answers
   * @param offered octets that the client takes, 0 over TCP
   * @param externalName the name that the Service of this name leads to, null for none
   * @param externalAddress the same where it is no name but an address
   * @param whole our answer over TCP
   * @param cluster what else is to be known
   */
  record Asked(
      String name,
      String type,
      int ttl,
      int offered,
      @Nullable String externalName,
      @Nullable String externalAddress,
      Reply whole,
      Knowledge cluster) {
    boolean exists() {
      return cluster.exists(name);
    }

    boolean isBehindClusterIp() {
      return cluster.isBehindClusterIp(name);
    }

    boolean isOddlyWeighted() {
      return cluster.isOddlyWeighted(name);
    }

    boolean hasNamesBelow() {
      return cluster.isAbove(name);
    }
  }

  /** Knows the cluster. */
  interface Knowledge {
    boolean isAbove(String name);

    boolean exists(String name);

    /** Whether this is an endpoint of a Service that has a ClusterIP. */
    boolean isBehindClusterIp(String name);

    /** Whether the Service of a name lists an endpoint twice, or one without ports. */
    boolean isOddlyWeighted(String name);
  }

  /** Nibbles, {@code ip6} and {@code arpa}. */
  private static final int IPV6_LABELS = 34;

  /** Address, namespace, {@code pod} and the zone. */
  private static final int POD_LABELS = 5;

  private final String reason;
  private final boolean inCompat;

  Deviation(String reason, boolean inCompat) {
    this.reason = reason;
    this.inCompat = inCompat;
  }

  String reason() {
    return reason;
  }

  /** Whether the compatibility mode keeps it. */
  boolean isInCompat() {
    return inCompat;
  }

  /** Their reply as it would be with this deviation; null where it has nothing to do with it. */
  abstract @Nullable Reply mend(Asked asked, Reply theirs, Reply ours);

  private static String weight(Reply reply) {
    for (String record : reply.answer()) {
      return record.replaceFirst(".* SRV 0 (\\d+) .*", "$1");
    }
    return "none";
  }

  private static boolean isNodata(Reply reply) {
    return reply.rcode().equals("NOERROR") && reply.hasNoAnswer() && !reply.truncated();
  }

  /** Whether the answer begins with the CNAME of the Service that was asked for. */
  private static boolean isChainOf(Asked asked, Reply ours) {
    String target = asked.externalName();
    return target != null
        && ours.answer().contains(asked.name() + " " + asked.ttl() + " CNAME " + target);
  }

  /** What both would say to a client whose message is too small: part of the same. */
  static boolean areSameInPart(Reply theirs, Reply ours, Collection<String> whole) {
    Set<String> all = new TreeSet<>(whole);
    return theirs.truncated()
        && ours.truncated()
        && theirs.rcode().equals(ours.rcode())
        && all.containsAll(ours.answer())
        && all.containsAll(theirs.answer());
  }
}
