// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

/** A patch is malformed or does not apply to the object. */
public final class PatchException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final String reason;

  private PatchException(int code, String reason, String message) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  /** HTTP status for the client: 400, 413 or 422. */
  public int code() {
    return code;
  }

  /** Kubernetes reason that goes with the code, such as BadRequest. */
  public String reason() {
    return reason;
  }

  static PatchException malformed(String message) {
    return new PatchException(400, "BadRequest", message);
  }

  static PatchException tooLarge(String message) {
    return new PatchException(413, "RequestEntityTooLarge", message);
  }

  static PatchException doesNotApply(String message) {
    return new PatchException(422, "Invalid", message);
  }
}
