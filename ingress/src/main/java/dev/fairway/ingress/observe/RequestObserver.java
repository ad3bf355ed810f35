// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.observe;

import java.util.List;

/** Is told of every request that is over. Called on event loops: must not block. Thread-safe. */
@FunctionalInterface
public interface RequestObserver {
  /** Nobody. */
  RequestObserver NONE = _ -> {};

  /** A request is over; called once for each. */
  void served(ServedRequest request);

  /** Several, in their order. */
  static RequestObserver of(List<RequestObserver> all) {
    RequestObserver[] observers = all.toArray(RequestObserver[]::new);
    return switch (observers.length) {
      case 0 -> NONE;
      case 1 -> observers[0];
      default ->
          request -> {
            for (RequestObserver observer : observers) {
              observer.served(request);
            }
          };
    };
  }
}
