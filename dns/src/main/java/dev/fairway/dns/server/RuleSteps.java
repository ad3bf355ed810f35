// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.server;

import dev.fairway.dns.metrics.Answerer;
import dev.fairway.dns.rules.Block;
import dev.fairway.dns.rules.Hosts;
import dev.fairway.dns.rules.QueryLog;
import dev.fairway.dns.rules.Rewritten;
import dev.fairway.dns.rules.Template;
import dev.fairway.dns.wire.MinimalResponse;
import dev.fairway.dns.wire.Query;
import dev.fairway.dns.wire.ResponseEditor;
import dev.fairway.dns.wire.ResponseWriter;
import org.jspecify.annotations.Nullable;

/**
 * What a block's rules do besides deciding who is asked: answers of their own, and changes of
 * answers. Confined to one event loop.
 */
final class RuleSteps {
  /** {@link #answer} leaves the question to others. */
  static final int NOT_HERE = -1;

  /** {@link #edit} could not make the response that the rules want. */
  static final int IMPOSSIBLE = -1;

  private final ResponseWriter writer;
  private Answerer answeredBy = Answerer.SERVER;

  RuleSteps(ResponseWriter writer) {
    this.writer = writer;
  }

  /** Writes the answer of a template or a hosts file; its code, or {@link #NOT_HERE}. */
  int answer(Block block, Query query, Client client) {
    for (Template template : block.templates()) {
      int rcode = template.answer(query, writer, client.text());
      if (rcode != Template.NOT_HERE) {
        answeredBy = Answerer.TEMPLATE;
        return rcode;
      }
    }
    for (Hosts hosts : block.hosts()) {
      int rcode = hosts.answer(query, writer);
      if (rcode != Hosts.NOT_HERE) {
        answeredBy = Answerer.HOSTS;
        return rcode;
      }
    }
    return NOT_HERE;
  }

  /** Who gave the last answer. */
  Answerer answeredBy() {
    return answeredBy;
  }

  /**
   * Makes the response one to the question as it was asked, and as short as the block wants it.
   *
   * @param query is made the question as it was asked
   * @param max octets it may have
   * @return its length now, or {@link #IMPOSSIBLE}
   */
  int edit(Block block, @Nullable Rewritten rewritten, Query query, int length, int max) {
    int edited = length;
    if (rewritten != null) {
      byte[] made = ResponseEditor.edit(writer.copy(length), rewritten, max);
      byte[] original = rewritten.original();
      query.parse(original, original.length);
      if (made == null) {
        return IMPOSSIBLE;
      }
      System.arraycopy(made, 0, writer.buffer(), 0, made.length);
      edited = made.length;
    }
    return block.answers().minimal() ? MinimalResponse.strip(writer.buffer(), edited) : edited;
  }

  /**
   * Tells the block's logs.
   *
   * @param startedAt when the question came, by {@link System#nanoTime}
   */
  void log(Block block, Query query, Client client, int length, long startedAt) {
    if (block.answers().logs().isEmpty()) {
      return;
    }
    LoggedQuery facts =
        new LoggedQuery(query, client, writer.buffer(), length, System.nanoTime() - startedAt);
    for (QueryLog log : block.answers().logs()) {
      if (log.wants(query.name(), facts.kind())) {
        log.write(facts);
      }
    }
  }
}
