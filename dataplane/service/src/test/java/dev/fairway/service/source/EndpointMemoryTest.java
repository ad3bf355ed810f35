// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.ObjectReference;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an endpoint costs while it is known: the price of 250,000 of them. */
class EndpointMemoryTest {
  private static final int SERVICES = 5000;
  private static final int EACH = 50;
  private static final int NODES = 500;

  @Test
  void anEndpointTakes16BytesAtMost_at250000() {
    ServiceModel model = new ServiceModel(Instant.EPOCH);
    for (int i = 0; i < SERVICES; i++) {
      model.upsert(Records.service("ns", "svc-" + i, "172.30." + i / 256 + "." + i % 256));
      model.upsert(slice(i));
    }
    SnapshotDelta delta = model.takePending().applyTo(ServiceSnapshot.empty());
    assertThat(delta).isNotNull();
    Footprint footprint = new Footprint();
    int endpoints = 0;
    for (ServiceInfo service : delta.after().services()) {
      endpoints += service.endpoints("p80", Protocol.TCP).size();
      footprint.add(service.endpoints("p80", Protocol.TCP));
    }
    assertThat(endpoints).isEqualTo(SERVICES * EACH);
    assertThat((double) footprint.bytes / endpoints)
        .describedAs("bytes an endpoint, address, port, conditions, node, zone and pod name")
        .isBetween(8.0, 16.0);
  }

  /** As a Deployment's slice is: pods all over the cluster, each node in a zone. */
  private static EndpointSlice slice(int service) {
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>(EACH);
    for (int i = 0; i < EACH; i++) {
      int pod = service * EACH + i;
      int node = pod * 7 % NODES;
      endpoints.add(
          new EndpointSlice.Endpoint(
              List.of("10." + (pod >> 16) + "." + (pod >> 8 & 255) + "." + (pod & 255)),
              new EndpointSlice.Conditions(true, true, false),
              null,
              "node-" + node,
              "zone-" + node % 3,
              null,
              new ObjectReference(
                  "",
                  "Pod",
                  "ns",
                  "svc-" + service + "-6d4cf56db6-" + Integer.toString(pod + 1_679_616, 36),
                  "",
                  "",
                  "")));
    }
    return Records.slice(
        "ns",
        "svc-" + service + "-x7k2p",
        "svc-" + service,
        "IPv4",
        endpoints,
        Records.port("p80", 80));
  }

  /** The size of all objects that can be reached, as a 64-bit JVM below 32 GiB lays them out. */
  private static final class Footprint {
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> left = new ArrayDeque<>();
    long bytes;

    void add(Object root) {
      reach(root);
      while (!left.isEmpty()) {
        Object object = left.pop();
        if (object instanceof String text) {
          bytes += 24 + aligned(16 + text.length());
        } else if (object instanceof List<?> list) {
          bytes += 24 + aligned(16 + 4L * list.size());
          list.forEach(this::reach);
        } else if (object.getClass().isArray()) {
          addArray(object);
        } else {
          bytes += sizeOf(object);
        }
      }
    }

    private void reach(@Nullable Object object) {
      if (object != null && seen.add(object)) {
        left.push(object);
      }
    }

    private void addArray(Object array) {
      Class<?> element = array.getClass().getComponentType();
      bytes += aligned(16 + (long) width(element) * Array.getLength(array));
      for (int i = 0; !element.isPrimitive() && i < Array.getLength(array); i++) {
        reach(Array.get(array, i));
      }
    }

    private long sizeOf(Object object) {
      long size = 12;
      for (Field field : object.getClass().getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          size += width(field.getType());
          if (!field.getType().isPrimitive()) {
            reach(valueOf(field, object));
          }
        }
      }
      return aligned(size);
    }

    private static @Nullable Object valueOf(Field field, Object object) {
      try {
        field.setAccessible(true);
        return field.get(object);
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }

    private static int width(Class<?> type) {
      if (type == long.class || type == double.class) {
        return 8;
      }
      if (type == short.class || type == char.class) {
        return 2;
      }
      return type == byte.class || type == boolean.class ? 1 : 4;
    }

    private static long aligned(long size) {
      return (size + 7) / 8 * 8;
    }
  }
}
