// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import java.nio.file.Path;

/**
 * Where in the shared address ranges a cluster begins, so that clusters with different state
 * directories rarely want the same addresses: the usual directory {@code .fairway} at the very
 * beginning, others at one of 255 places that their path decides.
 */
public final class AddressOffset {
  private static final String USUAL = ".fairway";
  private static final int PLACES = 255;

  private AddressOffset() {}

  /** The third number of the first addresses, 0 to 255. */
  public static int of(Path stateDir) {
    Path name = stateDir.getFileName();
    if (name != null && name.toString().equals(USUAL)) {
      return 0;
    }
    return 1 + Math.floorMod(stateDir.toString().hashCode(), PLACES);
  }
}
