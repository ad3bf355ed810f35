// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

/**
 * A step of a write that needs more than the object itself: allocating addresses, reading other
 * objects, refusing because of them. Runs after defaulting and preparation and before validation,
 * also for dry runs (see {@link AdmissionRequest#dryRun()}). May change {@link
 * AdmissionRequest#object()}.
 *
 * <p>Called from many threads at once, and again with a fresh object if the write lost a race:
 * reservations must be atomic in themselves and given back through {@link
 * AdmissionRequest#onOutcome}.
 */
public interface Admission {
  /** Whether this step wants requests for the resource; asked once at start. */
  boolean handles(ResourceDescriptor resource);

  /**
   * Changes or refuses the request.
   *
   * @throws StatusException the answer to the client if it is refused
   */
  void admit(AdmissionRequest request) throws StatusException;

  /**
   * Called once before the server accepts requests, so that reservations can be rebuilt from what
   * is stored.
   */
  default void start(ObjectReader objects) {}
}
