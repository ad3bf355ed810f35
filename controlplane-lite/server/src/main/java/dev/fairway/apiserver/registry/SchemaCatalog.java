// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What the server needs to know about the fields of kinds. */
public interface SchemaCatalog {

  /**
   * Removes fields that the kind does not have, as Kubernetes' decoding does.
   *
   * @return their paths in document order, such as {@code spec.foo} or {@code spec.ports[0].bar};
   *     empty if there were none
   */
  List<String> dropUnknownFields(ResourceDescriptor resource, ObjectNode o);

  /**
   * What a strict decoder complains about in a JSON text, in the order of the text: {@code unknown
   * field "spec.foo"}, {@code duplicate field "spec.bar"}.
   */
  List<String> strictErrors(ResourceDescriptor resource, byte[] json);

  /**
   * The first value whose JSON type does not fit its field, in the words of Kubernetes' decoder,
   * such as {@code json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port
   * of type int32}; null if all fit.
   */
  @Nullable String typeError(ResourceDescriptor resource, ObjectNode o);

  /**
   * The OpenAPI v3 document of a group version.
   *
   * @param urlRoot {@code api/v1} or {@code apis/group/version}
   * @return JSON in UTF-8, or null if there is none
   */
  byte @Nullable [] openApiV3(String urlRoot);
}
