// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import static dev.fairway.kube.codec.ObjectMetaDecoder.orEmpty;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.EndpointSlice.Conditions;
import dev.fairway.kube.api.EndpointSlice.Endpoint;
import dev.fairway.kube.api.EndpointSlice.ForNode;
import dev.fairway.kube.api.EndpointSlice.ForZone;
import dev.fairway.kube.api.EndpointSlice.Hints;
import dev.fairway.kube.api.EndpointSlice.Port;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.ObjectReference;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;

/**
 * Reads slices token by token: a cluster has a hundred times more endpoints than other objects, and
 * nearly all of their text is the same few node names, zones and conditions.
 */
final class EndpointSliceDecoder extends ValueDeserializer<EndpointSlice> {
  private static final ObjectMetaDecoder METADATA = new ObjectMetaDecoder();

  /** All conditions there can be, at {@link #index}. */
  private static final Conditions[] CONDITIONS = new Conditions[27];

  static {
    @Nullable Boolean[] values = {null, Boolean.FALSE, Boolean.TRUE};
    for (Boolean ready : values) {
      for (Boolean serving : values) {
        for (Boolean terminating : values) {
          CONDITIONS[index(ready, serving, terminating)] =
              new Conditions(ready, serving, terminating);
        }
      }
    }
  }

  private static int index(
      @Nullable Boolean ready, @Nullable Boolean serving, @Nullable Boolean terminating) {
    return digit(ready) * 9 + digit(serving) * 3 + digit(terminating);
  }

  private static int digit(@Nullable Boolean value) {
    return value == null ? 0 : value ? 2 : 1;
  }

  @Override
  public EndpointSlice deserialize(JsonParser in, DeserializationContext context) {
    ObjectMeta metadata = null;
    String addressType = "";
    List<Endpoint> endpoints = List.of();
    List<Port> ports = List.of();
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      switch (field) {
        case "metadata" -> metadata = METADATA.deserialize(in, context);
        case "addressType" -> addressType = orEmpty(Streaming.shared(in, context));
        case "endpoints" -> endpoints = Streaming.list(in, context, EndpointSliceDecoder::endpoint);
        case "ports" -> ports = Streaming.list(in, context, EndpointSliceDecoder::port);
        default -> in.skipChildren();
      }
    }
    if (metadata == null) {
      return context.reportInputMismatch(
          EndpointSlice.class, "metadata: required value is missing");
    }
    return new EndpointSlice(metadata, addressType, endpoints, ports);
  }

  private static @Nullable Endpoint endpoint(JsonParser in, DeserializationContext context) {
    if (!Streaming.startsObject(in, context)) {
      return null;
    }
    List<String> addresses = List.of();
    Conditions conditions = null;
    String hostname = null;
    String nodeName = null;
    String zone = null;
    Hints hints = null;
    ObjectReference targetRef = null;
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      switch (field) {
        case "addresses" -> addresses = Streaming.list(in, context, Streaming::string);
        case "conditions" -> conditions = conditions(in, context);
        case "hostname" -> hostname = Streaming.string(in, context);
        case "nodeName" -> nodeName = Streaming.shared(in, context);
        case "zone" -> zone = Streaming.shared(in, context);
        case "hints" -> hints = hints(in, context);
        case "targetRef" -> targetRef = reference(in, context);
        default -> in.skipChildren();
      }
    }
    return new Endpoint(addresses, conditions, hostname, nodeName, zone, hints, targetRef);
  }

  private static @Nullable Conditions conditions(JsonParser in, DeserializationContext context) {
    if (!Streaming.startsObject(in, context)) {
      return null;
    }
    Boolean ready = null;
    Boolean serving = null;
    Boolean terminating = null;
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      switch (field) {
        case "ready" -> ready = Streaming.bool(in, context);
        case "serving" -> serving = Streaming.bool(in, context);
        case "terminating" -> terminating = Streaming.bool(in, context);
        default -> in.skipChildren();
      }
    }
    return CONDITIONS[index(ready, serving, terminating)];
  }

  private static @Nullable Hints hints(JsonParser in, DeserializationContext context) {
    if (!Streaming.startsObject(in, context)) {
      return null;
    }
    List<ForZone> zones = List.of();
    List<ForNode> nodes = List.of();
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      switch (field) {
        case "forZones" -> zones = Streaming.list(in, context, (p, c) -> named(p, c, ForZone::new));
        case "forNodes" -> nodes = Streaming.list(in, context, (p, c) -> named(p, c, ForNode::new));
        default -> in.skipChildren();
      }
    }
    return new Hints(zones, nodes);
  }

  private static <T> @Nullable T named(
      JsonParser in, DeserializationContext context, Function<String, T> create) {
    if (!Streaming.startsObject(in, context)) {
      return null;
    }
    String name = "";
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      if (field.equals("name")) {
        name = orEmpty(Streaming.shared(in, context));
      } else {
        in.skipChildren();
      }
    }
    return create.apply(name);
  }

  private static @Nullable ObjectReference reference(
      JsonParser in, DeserializationContext context) {
    if (!Streaming.startsObject(in, context)) {
      return null;
    }
    String apiVersion = "";
    String kind = "";
    String namespace = "";
    String name = "";
    String uid = "";
    String resourceVersion = "";
    String fieldPath = "";
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      switch (field) {
        case "apiVersion" -> apiVersion = orEmpty(Streaming.shared(in, context));
        case "kind" -> kind = orEmpty(Streaming.shared(in, context));
        case "namespace" -> namespace = orEmpty(Streaming.shared(in, context));
        case "name" -> name = orEmpty(Streaming.string(in, context));
        case "uid" -> uid = orEmpty(Streaming.string(in, context));
        case "resourceVersion" -> resourceVersion = orEmpty(Streaming.string(in, context));
        case "fieldPath" -> fieldPath = orEmpty(Streaming.string(in, context));
        default -> in.skipChildren();
      }
    }
    return new ObjectReference(apiVersion, kind, namespace, name, uid, resourceVersion, fieldPath);
  }

  private static @Nullable Port port(JsonParser in, DeserializationContext context) {
    if (!Streaming.startsObject(in, context)) {
      return null;
    }
    String name = null;
    String protocol = null;
    Integer number = null;
    String appProtocol = null;
    for (String field = in.nextName(); field != null; field = in.nextName()) {
      in.nextToken();
      switch (field) {
        case "name" -> name = Streaming.shared(in, context);
        case "protocol" -> protocol = Streaming.shared(in, context);
        case "port" -> {
          boolean isNumber = Streaming.number(in, context) != null;
          number = isNumber ? in.getIntValue() : null;
        }
        case "appProtocol" -> appProtocol = Streaming.shared(in, context);
        default -> in.skipChildren();
      }
    }
    return new Port(name, protocol, number, appProtocol);
  }
}
