// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.gatewayapi;

import dev.fairway.ingress.listener.GatewayServer;
import dev.fairway.ingress.tls.Certificate;
import dev.fairway.ingress.translate.gateway.GatewayAddresses;
import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.ingress.translate.gateway.GatewayTranslation;
import dev.fairway.ingress.translate.gateway.GatewayTranslator;
import dev.fairway.ingress.translate.gateway.PortPlan;
import dev.fairway.ingress.upstream.UpstreamClaims;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.client.ReflectorListener;
import dev.fairway.service.ServiceName;
import dev.fairway.service.ServiceSnapshot;
import dev.fairway.service.SnapshotDelta;
import dev.fairway.service.SnapshotListener;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves Gateways: compiles what the watches bring, gives addresses, opens sockets, and writes
 * statuses. One virtual thread does all of that, changes that come meanwhile are taken together.
 */
public final class GatewayController implements SnapshotListener, AutoCloseable {
  private static final Logger LOG = System.getLogger(GatewayController.class.getName());
  private static final String OWNER = "gateways";

  /** How long after a failed try sockets are opened again. */
  private static final long RETRY_SECONDS = 1;

  /** How often it is asked whether we lead. */
  private static final long LEADER_SECONDS = 5;

  private final GatewayApiOptions options;
  private final UpstreamClaims upstreams;
  private final GatewayTranslator translator;
  private final AddressPool addresses;
  private final PortBindings bindings;
  private final @Nullable StatusWriter statuses;
  private final GatewayObjectStore objects;
  private final Semaphore changes = new Semaphore(0);
  private final AtomicBoolean outdated = new AtomicBoolean(true);
  private final Thread worker;
  private @Nullable GatewayTranslation last;
  private volatile boolean closed;

  /**
   * @param client writes statuses; null to write none
   * @param selfSigned for clients that name no host of a listener
   */
  public GatewayController(
      GatewayApiOptions options,
      GatewayServer server,
      UpstreamClaims upstreams,
      @Nullable KubeClient client,
      Supplier<Certificate> selfSigned,
      InstantSource clock) {
    this.options = options;
    this.upstreams = upstreams;
    translator = new GatewayTranslator(options.controller(), clock);
    addresses = new AddressPool(options.addressPool(), options.reserved());
    bindings = new PortBindings(server, selfSigned, options.proxyProtocolFrom());
    objects = new GatewayObjectStore(this::changed, changes::release);
    statuses = client == null ? null : new StatusWriter(client, options.controller(), clock);
    worker = Thread.ofVirtual().name("gateway-compiler").unstarted(this::workLoop);
  }

  /** Starts to work. */
  public void start() {
    worker.start();
  }

  /**
   * Receives the objects of a kind: those of {@link dev.fairway.kube.api.gateway.GatewayResources},
   * Namespaces, Secrets and ConfigMaps. Nothing is served before all of them were delivered.
   */
  public <T extends KubeObject> ReflectorListener<T> listener(Resource<T> resource) {
    return objects.of(resource);
  }

  @Override
  public void onSnapshot(SnapshotDelta delta) {
    objects.services(delta.after());
    if (concernsRoutes(delta)) {
      changed();
    }
  }

  @Override
  public void close() {
    closed = true;
    changes.release();
    worker.interrupt();
    if (statuses != null) {
      statuses.close();
    }
  }

  private void changed() {
    outdated.set(true);
    changes.release();
  }

  private void workLoop() {
    while (!closed) {
      try {
        long atMost = bindings.unavailable().isEmpty() ? LEADER_SECONDS : RETRY_SECONDS;
        boolean told = changes.tryAcquire(atMost, TimeUnit.SECONDS);
        changes.drainPermits();
        boolean again = !told && !bindings.unavailable().isEmpty();
        if (!closed) {
          work(outdated.getAndSet(false) || again);
        }
      } catch (InterruptedException interrupted) {
        return;
      } catch (RuntimeException unforeseen) {
        LOG.log(Level.ERROR, "Gateways were not compiled; the former routes stay", unforeseen);
      }
    }
  }

  private void work(boolean compile) {
    if (compile) {
      GatewayObjects current = objects.objects();
      if (current == null) {
        return;
      }
      last = compile(current);
    }
    GatewayTranslation translation = last;
    if (statuses == null || translation == null) {
      return;
    }
    if (options.leader().getAsBoolean()) {
      statuses.update(objects, translation.statuses());
    } else {
      statuses.pause();
    }
  }

  private GatewayTranslation compile(GatewayObjects current) {
    Map<ObjectKey, GatewayAddresses> given = addresses.assign(translator.ours(current));
    Map<PortPlan.Key, String> before = bindings.unavailable();
    GatewayTranslation translation = translator.translate(current, given, before);
    upstreams.replace(OWNER, translation.upstreams(), () -> bindings.apply(translation.ports()));
    return bindings.unavailable().equals(before)
        ? translation
        : translator.translate(current, given, bindings.unavailable());
  }

  /** Whether a Service appeared, disappeared or changed its ports. */
  private static boolean concernsRoutes(SnapshotDelta delta) {
    if (delta.before().revision() == 0) {
      return true;
    }
    for (ServiceName name : delta.changed()) {
      if (!portsOf(delta.before(), name).equals(portsOf(delta.after(), name))) {
        return true;
      }
    }
    return false;
  }

  private static Object portsOf(ServiceSnapshot snapshot, ServiceName name) {
    var service = snapshot.service(name);
    return service == null ? "absent" : service.ports();
  }
}
