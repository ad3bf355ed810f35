// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A write on its way to storage. */
public interface AdmissionRequest {
  /** The kinds of writes. */
  enum Operation {
    CREATE,
    UPDATE,
    /** The object is really removed from storage. */
    DELETE
  }

  Operation operation();

  ResourceDescriptor resource();

  /** Null for the object itself, else status, scale, binding, finalize. */
  @Nullable String subresource();

  /** "" for cluster-scoped kinds. */
  String namespace();

  String name();

  /** What will be stored, may be changed; on DELETE what is being removed, read-only. */
  ObjectNode object();

  /** What is stored now, read-only; null on CREATE. */
  @Nullable ObjectNode old();

  /** Nothing will be stored: reservations must not be kept. */
  boolean dryRun();

  /** User name of the client. */
  String user();

  /** Everything that is stored, as of now. */
  ObjectReader objects();

  /** Runs once after the write: true if it was stored, false if it failed or was a dry run. */
  void onOutcome(Consumer<Boolean> stored);
}
