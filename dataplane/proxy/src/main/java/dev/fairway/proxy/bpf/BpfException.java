// SPDX-License-Identifier: Apache-2.0
package dev.fairway.proxy.bpf;

/** The kernel, or libbpf, did not do what it was asked for. */
public final class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1;

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int ENOSYS = 38;
  static final int ECONNABORTED = 103;
  static final int E2BIG = 7;
  static final int ENOSPC = 28;

  private final int errno;

  BpfException(String what, int errno) {
    super(what + ": " + name(errno));
    this.errno = errno;
  }

  /** The error number of the kernel. */
  public int errno() {
    return errno;
  }

  /** Whether a map has no room for another element. */
  boolean isFull() {
    return errno == E2BIG || errno == ENOSPC;
  }

  private static String name(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM, needs CAP_BPF and CAP_NET_ADMIN";
      case ENOENT -> "ENOENT";
      case E2BIG -> "E2BIG, the map is full";
      case 12 -> "ENOMEM";
      case 13 -> "EACCES, not allowed by the verifier or by permissions";
      case 16 -> "EBUSY";
      case 17 -> "EEXIST";
      case 22 -> "EINVAL, not known to this kernel";
      case ENOSPC -> "ENOSPC";
      case 95, 524 -> "not supported by this kernel";
      default -> "error " + errno;
    };
  }
}
