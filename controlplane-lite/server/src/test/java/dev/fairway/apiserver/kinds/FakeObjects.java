// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.ObjectReader;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Stored objects of one test, whatever their resource. */
record FakeObjects(List<ObjectNode> all) implements ObjectReader {
  static FakeObjects of(String... json) {
    return new FakeObjects(List.of(json).stream().map(FakeObjects::parse).toList());
  }

  static ObjectNode parse(String json) {
    return (ObjectNode) JsonMapper.shared().readTree(json.replace('\'', '"'));
  }

  @Override
  public @Nullable ObjectNode get(String group, String plural, String namespace, String name) {
    return all.stream().filter(o -> Tree.name(o).equals(name)).findFirst().orElse(null);
  }

  @Override
  public List<ObjectNode> list(String group, String plural, String namespace) {
    return all;
  }
}
