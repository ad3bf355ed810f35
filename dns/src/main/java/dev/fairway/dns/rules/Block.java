// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.rules;

import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.WireName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to questions about names of one zone, in this order: access, rewriting, templates,
 * hosts, the cluster zone, upstreams, log.
 *
 * @param zone the names it is about
 * @param cluster whether the cluster zone is asked, and what of it
 * @param acl who may ask
 * @param rewrites what is asked instead
 * @param templates answers made from names
 * @param hosts answers from files
 * @param answers how answers look
 */
public record Block(
    WireName zone,
    Cluster cluster,
    Acl acl,
    List<RewriteRule> rewrites,
    List<Template> templates,
    List<Hosts> hosts,
    Answers answers) {
  /**
   * Whether the cluster zone is asked.
   *
   * @param asked or not
   * @param fallthrough names in these zones that it does not have are looked up elsewhere
   * @param autopath whether a search path is followed for the client
   */
  public record Cluster(boolean asked, List<WireName> fallthrough, boolean autopath) {
    /** It is asked, and what it does not have does not exist. */
    public static final Cluster ASKED = new Cluster(true, List.of(), false);

    /** It is not asked. */
    public static final Cluster NOT_ASKED = new Cluster(false, List.of(), false);

    public Cluster {
      fallthrough = List.copyOf(fallthrough);
    }
  }

  /**
   * How answers look.
   *
   * @param any questions for all types are answered with one record (RFC 8482)
   * @param minimal only the answer itself is sent where there is one
   * @param logs that are written
   */
  public record Answers(boolean any, boolean minimal, List<QueryLog> logs) {
    /** As they come. */
    public static final Answers PLAIN = new Answers(false, false, List.of());

    public Answers {
      logs = List.copyOf(logs);
    }
  }

  public Block {
    rewrites = List.copyOf(rewrites);
    templates = List.copyOf(templates);
    hosts = List.copyOf(hosts);
  }

  /** A block that asks the cluster zone, then upstreams. */
  public static Block of(String zone) {
    return new Block(
        WireName.of(zone), Cluster.ASKED, Acl.NONE, List.of(), List.of(), List.of(), Answers.PLAIN);
  }

  /** Whether nothing is to be done but to ask the cluster zone, then upstreams. */
  boolean isPlain() {
    return cluster.equals(Cluster.ASKED)
        && acl.isEmpty()
        && rewrites.isEmpty()
        && templates.isEmpty()
        && hosts.isEmpty()
        && answers.equals(Answers.PLAIN);
  }

  boolean isRoot() {
    return zone.labels() == 0;
  }

  /** What the rules make of a query, null where none matches. */
  public @Nullable Rewritten rewrite(Query query) {
    return rewrites.isEmpty() ? null : Rewritten.of(rewrites, query);
  }

  /**
   * Whether nothing but an upstream answers the names of this block that are not of the cluster
   * zone.
   *
   * @param asker the block of the question for which the names are looked up
   */
  public boolean isForwardOnly(Block asker) {
    return rewrites.isEmpty() && templates.isEmpty() && hosts.isEmpty() && asker.rewrites.isEmpty();
  }

  /** Whether a name that the cluster zone does not have is looked up elsewhere. */
  public boolean fallsThrough(WireName name) {
    for (WireName candidate : cluster.fallthrough()) {
      if (name.labelsBefore(candidate) >= 0) {
        return true;
      }
    }
    return false;
  }
}
