// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

/** What consistent hashing hashes of a request: a text with variables. Immutable. */
public final class HashKey {
  /** The hash of a request that has no value for any variable. */
  public static final long NONE = 0;

  private final VariableText text;
  private final boolean constant;

  private HashKey(VariableText text) {
    this.text = text;
    constant = text.parts().stream().allMatch(VariableText.Literal.class::isInstance);
  }

  /**
   * Compiles a text.
   *
   * @throws IllegalArgumentException where it is empty or names an unknown variable
   */
  public static HashKey compile(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("the text is empty");
    }
    return new HashKey(VariableText.compile(text));
  }

  /** The hash of a request, or {@link #NONE}. */
  public long hash(RequestContext request) {
    long hash = Hashes.start();
    boolean any = constant;
    for (VariableText.Part part : text.parts()) {
      String value = part.render(request);
      hash = Hashes.feed(hash, value);
      any |= part instanceof VariableText.Variable && !value.isEmpty();
    }
    if (!any) {
      return NONE;
    }
    long mixed = Hashes.mix(hash);
    return mixed == NONE ? 1 : mixed;
  }
}
