// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

import java.nio.ByteOrder;
import java.util.Map;

/**
 * Whether this machine can serve services inside its kernel. What counts is what the kernel
 * accepts, not what it is called.
 *
 * @param reason why not, in words; "" if it can
 */
public record BpfSupport(String reason) {

  /** Whether {@link BpfProxier} works here. */
  public boolean isAvailable() {
    return reason.isEmpty();
  }

  /** Finds out, by loading the programs; nothing is attached. */
  public static BpfSupport probe() {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      return new BpfSupport("the BPF programs are compiled for little-endian machines");
    }
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return new BpfSupport("BPF needs Linux");
    }
    if (!LibBpf.isAvailable()) {
      return new BpfSupport("libbpf.so.1 is not installed (package libbpf1 or libbpf)");
    }
    if (CgroupTree.root().isEmpty()) {
      return new BpfSupport("no cgroup file system of version 2 is mounted");
    }
    try {
      DataPath.load(null, Map.of()).close();
      return new BpfSupport("");
    } catch (BpfException e) {
      return new BpfSupport(
          e.errno() == BpfException.EPERM
              ? "this process may not load BPF programs (needs root, or CAP_BPF and CAP_NET_ADMIN)"
              : "the kernel does not take the BPF programs: " + e.getMessage());
    }
  }
}
