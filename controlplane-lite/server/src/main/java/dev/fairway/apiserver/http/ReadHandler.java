// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.storage.StoredObject;
import dev.fairway.apiserver.watch.CompactedException;
import dev.fairway.apiserver.watch.Selection;
import dev.fairway.apiserver.watch.Snapshot;
import dev.fairway.apiserver.watch.WatchCache;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** GET of one object and of collections. */
final class ReadHandler {
  private static final String CONTINUE_EXPIRED =
      "The provided continue parameter is too old to display a consistent list result. You can"
          + " start a new list without the continue parameter.";

  private final ObjectRegistry registry;

  ReadHandler(ObjectRegistry registry) {
    this.registry = registry;
  }

  void get(Call call) throws IOException, StatusException {
    Encoder encoder = call.encoder();
    long wanted = Revisions.parse(call.parameters().text("resourceVersion"));
    if (wanted > registry.revision()) {
      throw Revisions.tooLarge(wanted, registry.revision());
    }
    StoredObject object = registry.read(call.resource(), call.namespace(), call.name());
    Replies.object(call.exchange(), 200, encoder, List.of(), object);
  }

  void list(Call call) throws IOException, StatusException {
    Encoder encoder = call.encoder();
    Selection selection = Selections.of(call);
    Long limit = call.parameters().number("limit");
    String token = call.parameters().text("continue");
    ContinueToken from = token.isEmpty() ? null : ContinueToken.decode(token);
    Snapshot snapshot = snapshot(call, from, limit);
    Page page = page(snapshot, selection, from, limit == null ? 0 : limit);
    encoder.sendList(
        call.exchange(),
        new Encoder.ListMeta(
            Long.toString(snapshot.revision()), page.continueToken(), page.remaining()),
        page.items());
  }

  private Snapshot snapshot(Call call, @Nullable ContinueToken from, @Nullable Long limit)
      throws StatusException {
    WatchCache cache = registry.cache(call.resource());
    String version = call.parameters().text("resourceVersion");
    String match = call.parameters().text("resourceVersionMatch");
    checkMatch(version, match, from != null);
    if (from != null) {
      try {
        return cache.snapshotAt(from.revision());
      } catch (CompactedException _) {
        throw StatusException.expired(CONTINUE_EXPIRED);
      }
    }
    Snapshot now = cache.snapshot();
    long wanted = Revisions.parse(version);
    if (wanted > now.revision()) {
      throw Revisions.tooLarge(wanted, now.revision());
    }
    boolean legacyExact = match.isEmpty() && limit != null && limit > 0 && wanted > 0;
    if (match.equals("Exact") || legacyExact) {
      try {
        return cache.snapshotAt(wanted);
      } catch (CompactedException e) {
        throw StatusException.expired(
            "The resourceVersion for the provided list is too old: " + e.getMessage());
      }
    }
    return now;
  }

  private static void checkMatch(String version, String match, boolean continues)
      throws StatusException {
    if (match.isEmpty()) {
      return;
    }
    if (!match.equals("Exact") && !match.equals("NotOlderThan")) {
      throw StatusException.badRequest(
          "resourceVersionMatch: Unsupported value: \""
              + match
              + "\": supported values: \"Exact\", \"NotOlderThan\"");
    }
    if (continues) {
      throw StatusException.badRequest(
          "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is"
              + " provided");
    }
    if (version.isEmpty()) {
      throw StatusException.badRequest(
          "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless"
              + " resourceVersion is provided");
    }
    if (match.equals("Exact") && version.equals("0")) {
      throw StatusException.badRequest(
          "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for"
              + " resourceVersion \"0\"");
    }
  }

  private record Page(List<StoredObject> items, String continueToken, long remaining) {}

  private static Page page(
      Snapshot snapshot, Selection selection, @Nullable ContinueToken from, long limit) {
    List<StoredObject> items = new ArrayList<>();
    boolean[] more = {false};
    long[] remaining = {0};
    boolean countable = selection.labels().isEverything() && selection.fields().isEverything();
    snapshot
        .objects()
        .visit(
            selection.namespace(),
            from == null ? "" : from.namespace(),
            from == null ? "" : from.name(),
            object -> {
              if (!selection.matches(object)) {
                return true;
              }
              if (limit <= 0 || items.size() < limit) {
                items.add(object);
                return true;
              }
              more[0] = true;
              remaining[0]++;
              return countable;
            });
    if (!more[0]) {
      return new Page(items, "", 0);
    }
    StoredObject last = items.getLast();
    ContinueToken next =
        new ContinueToken(snapshot.revision(), last.id().namespace(), last.id().name());
    return new Page(items, next.encode(), countable ? remaining[0] : 0);
  }
}
