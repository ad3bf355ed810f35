// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.service.EndpointSet;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random services and slices against a model that recomputes everything from the records. */
class ServiceModelSimulationTest {
  private static final int STEPS = 600;

  private final ServiceModel model = new ServiceModel(Instant.EPOCH);
  private final TreeMap<String, String> services = new TreeMap<>();
  private final TreeMap<String, EndpointSlice> slices = new TreeMap<>();
  private ServiceSnapshot snapshot = ServiceSnapshot.empty();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everySnapshot_equalsTheNaiveOne(long seed) {
    Random random = new Random(seed);
    for (int step = 0; step < STEPS; step++) {
      change(random);
      if (random.nextInt(3) == 0) {
        publish("seed " + seed + " step " + step);
      }
    }
  }

  private void change(Random random) {
    String service = "svc-" + random.nextInt(6);
    String slice = "slice-" + random.nextInt(12);
    switch (random.nextInt(8)) {
      case 0 -> {
        String ip = "172.30.0." + (1 + random.nextInt(3));
        services.put(service, ip);
        model.upsert(Records.service("ns", service, ip));
      }
      case 1 -> {
        services.remove(service);
        model.deleteService(new ServiceName("ns", service));
      }
      case 2 -> {
        EndpointSlice gone = slices.remove(slice);
        if (gone != null) {
          model.deleteSlice(gone.key());
        }
      }
      default -> {
        EndpointSlice next = randomSlice(random, slice, service);
        slices.put(slice, next);
        model.upsert(next);
      }
    }
  }

  private static EndpointSlice randomSlice(Random random, String name, String service) {
    List<EndpointSlice.Endpoint> endpoints = new ArrayList<>();
    int size = random.nextInt(20) == 0 ? 600 : random.nextInt(5);
    for (int i = 0; i < size; i++) {
      String address = "10.0." + random.nextInt(3) + "." + random.nextInt(size > 5 ? 250 : 12);
      endpoints.add(Records.endpoint(address, true, true, false));
    }
    int port = 8080 + random.nextInt(2);
    return Records.slice("ns", name, service, "IPv4", endpoints, Records.port("p80", port));
  }

  private void publish(String where) {
    ServiceSnapshot before = snapshot;
    SnapshotDelta delta = model.takePending().applyTo(snapshot);
    snapshot = delta == null ? snapshot : delta.after();
    assertThat(names(snapshot)).describedAs(where).isEqualTo(services.keySet());
    for (String name : services.keySet()) {
      ServiceInfo info = snapshot.service(new ServiceName("ns", name));
      assertThat(info).describedAs(where).isNotNull();
      assertThat(texts(info.endpoints("p80", Protocol.TCP)))
          .describedAs(where + " " + name)
          .isEqualTo(naive(name));
    }
    Set<ServiceName> changed = delta == null ? Set.of() : delta.changed();
    assertThat(changed).describedAs(where).isEqualTo(differences(before, snapshot));
  }

  /** Texts sort as the API's strings do, which is the order the model promises. */
  private List<String> naive(String service) {
    TreeSet<String> texts = new TreeSet<>();
    for (EndpointSlice slice : slices.values()) {
      if (service.equals(slice.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL))) {
        for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
          texts.add(endpoint.addresses().get(0) + ":" + slice.ports().get(0).port());
        }
      }
    }
    return List.copyOf(texts);
  }

  private static List<String> texts(EndpointSet set) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      texts.add(set.address(i) + ":" + set.port(i));
    }
    return texts;
  }

  private static Set<String> names(ServiceSnapshot snapshot) {
    Set<String> names = new HashSet<>();
    snapshot.services().forEach(service -> names.add(service.name().name()));
    assertThat(snapshot.services()).hasSize(names.size());
    return names;
  }

  private static Set<ServiceName> differences(ServiceSnapshot before, ServiceSnapshot after) {
    Set<ServiceName> names = new HashSet<>();
    before.services().forEach(service -> names.add(service.name()));
    after.services().forEach(service -> names.add(service.name()));
    names.removeIf(name -> {
      ServiceInfo old = before.service(name);
      ServiceInfo now = after.service(name);
      return old != null && old.equals(now);
    });
    return names;
  }
}
