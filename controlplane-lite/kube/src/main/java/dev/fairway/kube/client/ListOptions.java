// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

/**
 * Which objects of a collection are wanted.
 *
 * @param labelSelector as in {@code kubectl -l}, "" for all
 * @param fieldSelector such as {@code spec.nodeName=node-1}, "" for all
 * @param limit objects per page of a LIST, 0 for everything in one answer; callers always get all
 */
public record ListOptions(String labelSelector, String fieldSelector, int limit) {

  /** Everything. */
  public static final ListOptions ALL = new ListOptions("", "", 0);

  /** Objects with these labels. */
  public static ListOptions labels(String labelSelector) {
    return new ListOptions(labelSelector, "", 0);
  }

  /** Objects with these fields. */
  public static ListOptions fields(String fieldSelector) {
    return new ListOptions("", fieldSelector, 0);
  }

  /** The same selection in pages of {@code newLimit}. */
  public ListOptions withLimit(int newLimit) {
    return new ListOptions(labelSelector, fieldSelector, newLimit);
  }
}
