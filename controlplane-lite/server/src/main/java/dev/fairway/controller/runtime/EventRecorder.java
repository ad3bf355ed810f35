// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.runtime;

import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.kube.api.Resource;

/** Records Events for one component. Never blocks. */
public final class EventRecorder {
  private final EventWriter writer;
  private final String component;

  EventRecorder(EventWriter writer, String component) {
    this.writer = writer;
    this.component = component;
  }

  /** Something went as it should. */
  public <T extends KubeObject> void normal(
      Resource<T> resource, T about, String reason, String message) {
    record(resource, about, "Normal", reason, message);
  }

  /** Something needs attention. */
  public <T extends KubeObject> void warning(
      Resource<T> resource, T about, String reason, String message) {
    record(resource, about, "Warning", reason, message);
  }

  private <T extends KubeObject> void record(
      Resource<T> resource, T about, String type, String reason, String message) {
    ObjectReference reference =
        new ObjectReference(
            resource.apiVersion(),
            resource.kind(),
            about.metadata().namespace(),
            about.metadata().name(),
            about.metadata().uid(),
            about.metadata().resourceVersion(),
            "");
    writer.offer(new EventWriter.Note(reference, component, type, reason, message));
  }
}
