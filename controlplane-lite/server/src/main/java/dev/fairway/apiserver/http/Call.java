// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.registry.WriteOptions;
import java.time.InstantSource;

/** One request for a resource, after routing and authorization. */
record Call(
    Exchange exchange,
    RequestInfo info,
    ResourceDescriptor resource,
    QueryParameters parameters,
    User user,
    InstantSource clock) {

  String namespace() {
    return info.namespace();
  }

  String name() {
    return info.name();
  }

  Encoder encoder() throws StatusException {
    return Encoder.of(resource, exchange, parameters, clock);
  }

  /** dryRun and user of a write. */
  WriteOptions writeOptions() throws StatusException {
    return writeOptions(parameters.text("dryRun"));
  }

  WriteOptions writeOptions(String dryRun) throws StatusException {
    return switch (dryRun) {
      case "" -> new WriteOptions(user.name(), false);
      case "All" -> new WriteOptions(user.name(), true);
      default ->
          throw StatusException.badRequest(
              "dryRun: Unsupported value: \"" + dryRun + "\": supported values: \"All\"");
    };
  }
}
