// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver;

import dev.fairway.apiserver.kinds.Kinds;
import dev.fairway.apiserver.patch.Patches;
import dev.fairway.apiserver.registry.Admission;
import dev.fairway.apiserver.registry.ObjectPatcher;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.SchemaCatalog;
import dev.fairway.apiserver.schema.KindSchemas;
import java.util.List;

/** What a server serves: its resources and what goes with them. */
record ServedApi(
    List<ResourceDescriptor> resources,
    List<Admission> admissions,
    SchemaCatalog schemas,
    ObjectPatcher patcher) {

  /** All kinds of this server. */
  static ServedApi standard(ApiServerConfig config) {
    List<ResourceDescriptor> resources = Kinds.all();
    return new ServedApi(
        resources,
        Kinds.admissions(config.serviceCidrs(), config.nodePortFrom(), config.nodePortTo()),
        new KindSchemas(resources),
        new Patches());
  }
}
