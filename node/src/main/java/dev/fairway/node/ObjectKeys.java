// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.kube.api.ObjectKey;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code NAMESPACE/NAME} as an option's value. */
final class ObjectKeys implements ITypeConverter<ObjectKey> {
  @Override
  public ObjectKey convert(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new TypeConversionException("'" + text + "': expected NAMESPACE/NAME");
    }
    return new ObjectKey(parts[0], parts[1]);
  }
}
