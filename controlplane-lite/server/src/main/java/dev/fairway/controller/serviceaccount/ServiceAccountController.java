// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.serviceaccount;

import dev.fairway.controller.runtime.KindStore;
import dev.fairway.controller.runtime.Reconciler;
import dev.fairway.controller.runtime.SharedInformers;
import dev.fairway.controller.runtime.Trees;
import dev.fairway.controller.runtime.WorkQueue;
import dev.fairway.kube.api.Namespace;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.ServiceAccount;
import dev.fairway.kube.client.KubeApiException;
import java.io.IOException;
import tools.jackson.databind.node.ObjectNode;

/** Sees to it that each namespace has the ServiceAccount that pods run as by default. */
public final class ServiceAccountController implements Reconciler {
  private static final String NAME = "default";

  private final KindStore<Namespace> namespaces;
  private final KindStore<ServiceAccount> accounts;

  /** A controller whose triggers fill the queue. */
  public ServiceAccountController(SharedInformers informers, WorkQueue<ObjectKey> queue) {
    this.namespaces = informers.of(Resource.NAMESPACES);
    this.accounts = informers.of(Resource.SERVICE_ACCOUNTS);
    namespaces.onChange((old, now) -> {
      if (now != null) {
        queue.add(now.key());
      }
    });
    accounts.onChange((old, now) -> {
      if (now == null && old != null && old.metadata().name().equals(NAME)) {
        queue.add(ObjectKey.clusterScoped(old.metadata().namespace()));
      }
    });
  }

  @Override
  public Result reconcile(ObjectKey key)
      throws KubeApiException, IOException, InterruptedException {
    Namespace namespace = namespaces.get(key);
    if (namespace == null
        || namespace.metadata().isTerminating()
        || accounts.get(new ObjectKey(key.name(), NAME)) != null) {
      return Result.DONE;
    }
    ObjectNode body = Trees.skeleton(Resource.SERVICE_ACCOUNTS, key.name());
    Trees.child(body, "metadata").put("name", NAME);
    try {
      ServiceAccount unused = accounts.create(key.name(), body);
    } catch (KubeApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
    return Result.DONE;
  }
}
