// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

/** How names of pods, {@code 10-0-0-1.<namespace>.pod.<zone>}, are answered. */
public enum PodsMode {
  /** They do not exist. */
  DISABLED,
  /** The address in the name is echoed if the namespace exists; no pod need have it. */
  INSECURE,
  /** The address is answered if a pod of the namespace has it. */
  VERIFIED
}
