// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress;

import dev.fairway.ingress.listener.ListenerLimits;
import dev.fairway.ingress.upstream.UpstreamOptions;
import dev.fairway.service.IpPrefix;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Settings of an {@link IngressGateway}.
 *
 * @param bind the address to listen on
 * @param httpPort 0 for any free port, -1 for none
 * @param httpsPort 0 for any free port, -1 for none
 * @param className the class that the annotation kubernetes.io/ingress.class may name
 * @param controller the controller of the IngressClasses that are ours
 * @param statusAddresses IP addresses or host names to write into the status of each Ingress; empty
 *     to write none
 * @param trustedProxies clients whose X-Forwarded fields are believed
 * @param eventLoops threads that serve connections
 * @param drain how long open requests may take when the gateway closes
 */
public record IngressOptions(
    String bind,
    int httpPort,
    int httpsPort,
    String className,
    String controller,
    List<String> statusAddresses,
    List<IpPrefix> trustedProxies,
    int eventLoops,
    Duration drain,
    ListenerLimits limits,
    UpstreamOptions upstream,
    InstantSource clock,
    RandomGenerator random) {
  public static final String CLASS_NAME = "fairway";
  public static final String CONTROLLER = "fairway.dev/ingress";

  public IngressOptions {
    statusAddresses = List.copyOf(statusAddresses);
    trustedProxies = List.copyOf(trustedProxies);
    if (eventLoops < 1) {
      throw new IllegalArgumentException("eventLoops must be at least 1: " + eventLoops);
    }
  }

  /** Class {@code fairway}, default limits, one event loop per processor, 10 s to drain. */
  public static IngressOptions of(String bind, int httpPort, int httpsPort) {
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        CLASS_NAME,
        CONTROLLER,
        List.of(),
        List.of(),
        Runtime.getRuntime().availableProcessors(),
        Duration.ofSeconds(10),
        ListenerLimits.DEFAULT,
        UpstreamOptions.DEFAULT,
        InstantSource.system(),
        new java.security.SecureRandom());
  }

  public IngressOptions withStatusAddresses(List<String> addresses) {
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        className,
        controller,
        addresses,
        trustedProxies,
        eventLoops,
        drain,
        limits,
        upstream,
        clock,
        random);
  }

  /** The class and controller of another ingress controller, to take over its Ingresses. */
  public IngressOptions withClass(String otherClass, String otherController) {
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        otherClass,
        otherController,
        statusAddresses,
        trustedProxies,
        eventLoops,
        drain,
        limits,
        upstream,
        clock,
        random);
  }

  public IngressOptions withLimits(ListenerLimits newLimits, UpstreamOptions newUpstream) {
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        className,
        controller,
        statusAddresses,
        trustedProxies,
        eventLoops,
        drain,
        newLimits,
        newUpstream,
        clock,
        random);
  }

  public IngressOptions withTrustedProxies(List<IpPrefix> proxies) {
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        className,
        controller,
        statusAddresses,
        proxies,
        eventLoops,
        drain,
        limits,
        upstream,
        clock,
        random);
  }

  public IngressOptions withEventLoops(int threads, Duration newDrain) {
    return new IngressOptions(
        bind,
        httpPort,
        httpsPort,
        className,
        controller,
        statusAddresses,
        trustedProxies,
        threads,
        newDrain,
        limits,
        upstream,
        clock,
        random);
  }
}
