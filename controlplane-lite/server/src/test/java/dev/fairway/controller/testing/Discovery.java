// SPDX-License-Identifier: Apache-2.0
package dev.fairway.controller.testing;

import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.KubeCodec;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/** Answers to /apis, /api/v1 and /apis/GROUP/VERSION. */
final class Discovery {
  private Discovery() {}

  static ObjectNode answer(String path, List<Resource<?>> served) {
    ObjectNode tree = KubeCodec.json().createObjectNode();
    if (path.equals("/apis")) {
      Set<String> groupVersions = new TreeSet<>();
      served.stream()
          .filter(r -> !r.group().isEmpty())
          .forEach(r -> groupVersions.add(r.apiVersion()));
      var groups = tree.put("kind", "APIGroupList").putArray("groups");
      for (String groupVersion : groupVersions) {
        ObjectNode group = groups.addObject().put("name", groupVersion.split("/")[0]);
        group.putObject("preferredVersion").put("groupVersion", groupVersion);
      }
      return tree;
    }
    String groupVersion = path.startsWith("/apis/") ? path.substring(6) : path.substring(5);
    var resources = tree.put("kind", "APIResourceList").putArray("resources");
    for (Resource<?> resource : served) {
      if (resource.apiVersion().equals(groupVersion)) {
        ObjectNode entry = resources.addObject();
        entry.put("name", resource.plural()).put("kind", resource.kind());
        entry.put("namespaced", resource.namespaced());
        entry.putArray("verbs").add("list").add("watch").add("delete").add("patch");
      }
    }
    return tree;
  }
}
