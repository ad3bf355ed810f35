// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.upstream;

import dev.fairway.ingress.TestObjects;
import dev.fairway.ingress.TestObjects.TestEndpoint;
import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.Balancing.Algorithm;
import dev.fairway.ingress.route.UpstreamPolicy;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.service.EndpointTable.Conditions;
import dev.fairway.service.ServiceName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Upstreams of the Service {@code shop/web} for tests; the endpoint n is 10.0.0.n:80. */
public final class Upstreams {
  private Upstreams() {}

  public static Upstream of(Algorithm algorithm, UpstreamPolicy policy) {
    return of(new Balancing(algorithm, ""), policy);
  }

  public static Upstream of(Balancing balancing, UpstreamPolicy policy) {
    BackendPort port = new BackendPort(new ServiceName(TestObjects.NAMESPACE, "web"), "http", 0);
    return new Upstream(new UpstreamSpec(port, BackendProtocol.HTTP1, null, balancing, policy), 42);
  }

  /** Makes exactly the given endpoints ready. */
  public static List<Endpoint> ready(Upstream upstream, long nanoTime, int... numbers) {
    return update(
        upstream,
        nanoTime,
        Arrays.stream(numbers).mapToObj(n -> endpoint(n, Conditions.AVAILABLE)).toList());
  }

  public static List<Endpoint> update(
      Upstream upstream, long nanoTime, List<TestEndpoint> endpoints) {
    return upstream.update(TestObjects.service("web", endpoints), nanoTime);
  }

  public static TestEndpoint endpoint(int number, Conditions conditions) {
    return new TestEndpoint("10.0." + number / 256 + "." + number % 256, 80, conditions);
  }

  /** The numbers of the endpoints that take requests. */
  public static List<Integer> members(Upstream upstream) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < upstream.group().size(); i++) {
      numbers.add(number(upstream.group().get(i)));
    }
    return numbers;
  }

  public static int number(Endpoint endpoint) {
    byte[] address = endpoint.socketAddress().getAddress().getAddress();
    return (address[2] & 0xFF) * 256 + (address[3] & 0xFF);
  }
}
