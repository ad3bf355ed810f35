// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An Event (core/v1): what happened to an object, for people to read. */
public record Event(
    ObjectMeta metadata,
    ObjectReference involvedObject,
    String type,
    String reason,
    String message,
    int count,
    @Nullable Instant firstTimestamp,
    @Nullable Instant lastTimestamp,
    @Nullable Source source)
    implements KubeObject {
  public Event {
    metadata = Absent.required(metadata, "metadata");
    involvedObject = Absent.required(involvedObject, "involvedObject");
    type = Absent.asEmpty(type);
    reason = Absent.asEmpty(reason);
    message = Absent.asEmpty(message);
  }

  /** Which component says so. */
  public record Source(String component, @Nullable String host) {
    public Source {
      component = Absent.asEmpty(component);
    }
  }
}
