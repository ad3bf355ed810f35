// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.cluster;

/** Told what a start is doing, in short lines for people. */
public interface Progress {
  /** One step is done. */
  void line(String text);

  /** Nobody listens. */
  Progress NONE = _ -> {};
}
