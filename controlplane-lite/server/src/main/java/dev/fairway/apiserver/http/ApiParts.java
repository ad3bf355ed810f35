// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ObjectDeleter;
import dev.fairway.apiserver.registry.ObjectPatcher;
import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.ObjectWriter;
import dev.fairway.apiserver.registry.SchemaCatalog;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** The handlers behind {@link ApiHandler}, wired once. */
public final class ApiParts {
  private final ObjectRegistry registry;
  private final InstantSource clock;
  private final DiscoveryHandler discovery;
  private final ReadHandler reads;
  private final WatchHandler watches;
  private final WriteHandler writes;
  private final DeleteHandler deletes;
  private final ScaleHandler scales;
  private final PodHandler pods;
  private final LogProxy logs;
  private final ReviewHandler reviews;

  /**
   * Wires the handlers.
   *
   * @param address host:port to show in discovery
   * @param maxWatches watches at a time
   * @param logs where pod logs come from
   */
  public ApiParts(
      ObjectRegistry registry,
      ObjectWriter writer,
      ObjectPatcher patcher,
      SchemaCatalog schemas,
      Environment environment,
      String address,
      int maxWatches,
      LogSource logs) {
    this.registry = registry;
    this.clock = environment.clock();
    Body body = new Body(schemas);
    this.discovery = new DiscoveryHandler(registry.resources(), schemas, address);
    this.reads = new ReadHandler(registry);
    this.watches =
        new WatchHandler(registry, maxWatches, environment.nanoClock(), environment.random());
    this.writes = new WriteHandler(writer, registry, patcher, body);
    this.deletes = new DeleteHandler(registry, new ObjectDeleter(writer));
    this.scales = new ScaleHandler(registry, writer, patcher);
    this.pods = new PodHandler(writer);
    this.logs = new LogProxy(registry, logs);
    this.reviews = new ReviewHandler(registry.resources(), body, environment.clock());
  }

  /** Time and randomness. */
  public record Environment(InstantSource clock, LongSupplier nanoClock, RandomGenerator random) {}

  ObjectRegistry registry() {
    return registry;
  }

  InstantSource clock() {
    return clock;
  }

  DiscoveryHandler discovery() {
    return discovery;
  }

  ReadHandler reads() {
    return reads;
  }

  WatchHandler watches() {
    return watches;
  }

  WriteHandler writes() {
    return writes;
  }

  DeleteHandler deletes() {
    return deletes;
  }

  ScaleHandler scales() {
    return scales;
  }

  PodHandler pods() {
    return pods;
  }

  ReviewHandler reviews() {
    return reviews;
  }

  LogProxy logs() {
    return logs;
  }
}
