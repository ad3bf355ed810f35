// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver;

import dev.fairway.apiserver.registry.ObjectRegistry;
import dev.fairway.apiserver.registry.ObjectWriter;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import dev.fairway.apiserver.registry.WriteOptions;
import dev.fairway.apiserver.storage.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Objects that every cluster has: system namespaces and the Service of the API server itself. */
final class Bootstrap {
  private static final WriteOptions WRITE = new WriteOptions("system:apiserver", false);
  private static final String SERVICE = "kubernetes";

  private final ObjectRegistry registry;
  private final ObjectWriter writer;

  Bootstrap(ObjectRegistry registry, ObjectWriter writer) {
    this.registry = registry;
    this.writer = writer;
  }

  /**
   * Creates what is missing; a created object is on disk when this returns.
   *
   * @param address where the API server listens
   */
  void run(String address, int port, String serviceIp) throws StatusException {
    ResourceDescriptor namespaces = registry.resource("", "v1", "namespaces");
    if (namespaces == null) {
      return;
    }
    List<Callable<@Nullable Void>> steps = new ArrayList<>();
    for (String name : List.of("default", "kube-system", "kube-public", "kube-node-lease")) {
      if (registry.get("", "namespaces", "", name) == null) {
        steps.add(() -> {
          create(namespaces, "", named(name, ""));
          return null;
        });
      }
    }
    together(steps); // one sync for all
    List<Callable<@Nullable Void>> second = new ArrayList<>();
    ResourceDescriptor services = registry.resource("", "v1", "services");
    if (services != null && registry.get("", "services", "default", SERVICE) == null) {
      second.add(() -> {
        create(services, "default", service(serviceIp));
        return null;
      });
    }
    ResourceDescriptor slices = registry.resource("discovery.k8s.io", "v1", "endpointslices");
    if (slices != null) {
      second.add(() -> {
        putSlice(slices, slice(address, port));
        return null;
      });
    }
    together(second);
  }

  private static void together(List<Callable<@Nullable Void>> steps) throws StatusException {
    if (steps.isEmpty()) {
      return;
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<@Nullable Void>> futures = new ArrayList<>();
      steps.forEach(step -> futures.add(threads.submit(step)));
      for (Future<@Nullable Void> future : futures) {
        future.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StatusException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void create(ResourceDescriptor resource, String namespace, ObjectNode tree)
      throws StatusException {
    tree.put("kind", resource.kind()).put("apiVersion", resource.apiVersion());
    try {
      writer.create(resource, namespace, tree, WRITE);
    } catch (StatusException e) {
      if (e.code() != 409) {
        throw e;
      }
    }
  }

  private void putSlice(ResourceDescriptor slices, ObjectNode wanted) throws StatusException {
    if (registry.get(slices.group(), slices.plural(), "default", SERVICE) == null) {
      create(slices, "default", wanted);
      return;
    }
    writer.update(
        slices,
        "default",
        SERVICE,
        null,
        false,
        current -> {
          ObjectNode next = current.deepCopy();
          next.set("endpoints", wanted.path("endpoints"));
          next.set("ports", wanted.path("ports"));
          return next;
        },
        WRITE);
  }

  private static ObjectNode named(String name, String namespace) {
    ObjectNode tree = Json.object().put("kind", "").put("apiVersion", "");
    ObjectNode metadata = tree.putObject("metadata").put("name", name);
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    return tree;
  }

  private static ObjectNode service(String serviceIp) {
    ObjectNode service = named(SERVICE, "default");
    Json.metadata(service)
        .putObject("labels")
        .put("component", "apiserver")
        .put("provider", "kubernetes");
    ObjectNode spec = service.putObject("spec");
    spec.put("clusterIP", serviceIp);
    spec.putArray("ports")
        .addObject()
        .put("name", "https")
        .put("protocol", "TCP")
        .put("port", 443)
        .put("targetPort", 443);
    return service;
  }

  private static ObjectNode slice(String address, int port) {
    ObjectNode slice = named(SERVICE, "default");
    Json.metadata(slice).putObject("labels").put("kubernetes.io/service-name", SERVICE);
    slice.put("addressType", address.indexOf(':') >= 0 ? "IPv6" : "IPv4");
    ObjectNode endpoint = slice.putArray("endpoints").addObject();
    endpoint.putArray("addresses").add(address);
    endpoint.putObject("conditions").put("ready", true);
    slice
        .putArray("ports")
        .addObject()
        .put("name", "https")
        .put("port", port)
        .put("protocol", "TCP");
    return slice;
  }
}
