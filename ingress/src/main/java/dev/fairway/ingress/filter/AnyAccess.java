// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.route.RequestContext;
import java.util.List;
import java.util.stream.Collectors;

/** Lets requests pass that one of several checks lets pass; the last of them answers the others. */
public final class AnyAccess implements AccessCheck {
  private final List<AccessCheck> checks;

  /** Checks in the order in which they are asked; each must be a check of this package. */
  public AnyAccess(List<? extends dev.fairway.ingress.route.RouteFilter> checks) {
    this.checks = checks.stream().map(AccessCheck.class::cast).toList();
  }

  @Override
  public void decide(RequestContext request, Verdict verdict) {
    ask(0, request, verdict);
  }

  private void ask(int i, RequestContext request, Verdict verdict) {
    checks
        .get(i)
        .decide(
            request,
            new Verdict() {
              @Override
              public void admit() {
                verdict.admit();
              }

              @Override
              public void refuse(Runnable answer) {
                if (i + 1 < checks.size()) {
                  ask(i + 1, request, verdict);
                } else {
                  verdict.refuse(answer);
                }
              }
            });
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AnyAccess that && checks.equals(that.checks);
  }

  @Override
  public int hashCode() {
    return checks.hashCode();
  }

  @Override
  public String describe() {
    return "one of these is enough: "
        + checks.stream().map(AccessCheck::describe).collect(Collectors.joining("; or "));
  }
}
