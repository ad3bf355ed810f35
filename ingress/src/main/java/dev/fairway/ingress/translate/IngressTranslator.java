// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate;

import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteTable;
import dev.fairway.ingress.route.RouteTable.HostRule;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.route.VirtualHost;
import dev.fairway.ingress.tls.CertificateIndex;
import dev.fairway.ingress.tls.ClientVerification;
import dev.fairway.ingress.translate.Diagnostic.Reason;
import dev.fairway.ingress.translate.Diagnostic.Subject;
import dev.fairway.ingress.translate.nginx.ConfigReader;
import dev.fairway.ingress.translate.nginx.GlobalSettings;
import dev.fairway.ingress.translate.nginx.Problems;
import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compiles Ingresses. The oldest Ingress wins every conflict, then the first by namespace and name;
 * whatever is wrong with one object is reported and affects nothing else.
 *
 * <p>The result depends on the objects alone, the time it takes on what changed since the call
 * before: an Ingress is compiled again where it, or a Service or Secret it names, is another, and
 * only the hosts that it names are merged again. Not thread-safe.
 */
public final class IngressTranslator {
  private static final Comparator<Ingress> PRECEDENCE =
      Comparator.comparing(
              (Ingress ingress) -> {
                Instant created = ingress.metadata().creationTimestamp();
                return created == null ? Instant.MAX : created;
              })
          .thenComparing(Ingress::key);

  private final TranslatorOptions options;
  private final SecretCertificates certificates = new SecretCertificates();

  /** The Ingresses of our class, by precedence. */
  private final TreeMap<Ingress, CompiledIngress> compiled = new TreeMap<>(PRECEDENCE);

  private final Map<ObjectKey, CompiledIngress> byKey = new HashMap<>();

  /** Who names a host, by precedence. */
  private final Map<String, TreeMap<Ingress, CompiledIngress>> contributors = new HashMap<>();

  private final Map<String, List<Diagnostic>> conflicts = new HashMap<>();

  /** How the clients of hosts are asked for certificates. */
  private final Map<String, ClientVerification> clients = new HashMap<>();

  /** Who ends the TLS of hosts, where the gateway does not. */
  private final Map<String, BackendRef> passthrough = new HashMap<>();

  private final Map<String, Set<UpstreamSpec>> hostUpstreams = new HashMap<>();
  private final FilterMemory memory =
      FilterMemory.create(new SecureRandom(), InstantSource.system());
  private final Map<UpstreamSpec, Integer> upstreamUses = new HashMap<>();
  private final Set<String> dirtyHosts = new HashSet<>();
  private RouteTable table = RouteTable.empty(HostRule.INGRESS);
  private Set<UpstreamSpec> upstreams = Set.of();
  private Set<ObjectKey> accepted = Set.of();
  private boolean upstreamsChanged;
  private boolean acceptedChanged;

  private final ConfigReader config;
  private @Nullable ConfigMap lastConfig;
  private List<Diagnostic> configProblems = List.of();
  private GlobalSettings global;
  private boolean globalChanged;

  public IngressTranslator(TranslatorOptions options) {
    this.options = options;
    global = options.defaults();
    config = new ConfigReader(global, options.config());
  }

  /** Compiles what changed. */
  public Translation translate(IngressObjects objects) {
    ClassSelector selector =
        new ClassSelector(
            options.className(), options.controller(), objects.classes(), options.classless());
    configure(objects.config());
    take(objects, selector);
    globalChanged = false;
    Map<String, @Nullable VirtualHost> changedHosts = mergeHosts();
    if (upstreamsChanged) {
      upstreams = Set.copyOf(upstreamUses.keySet());
      upstreamsChanged = false;
    }
    if (acceptedChanged) {
      accepted = Set.copyOf(byKey.keySet());
      acceptedChanged = false;
    }
    List<Diagnostic> diagnostics = new ArrayList<>(configProblems);
    TlsCollector tls = new TlsCollector(objects, certificates, diagnostics);
    Route everything = null;
    for (CompiledIngress one : compiled.values()) {
      diagnostics.addAll(one.diagnostics);
      if (selector.contradicts(one.ingress)) {
        diagnostics.add(
            diagnostic(
                one.ingress,
                Reason.INVALID_CLASS,
                "the annotation kubernetes.io/ingress.class wins over spec.ingressClassName"));
      }
      tls.add(one.ingress);
      Route candidate = one.everything;
      if (candidate != null && everything != null) {
        diagnostics.add(
            diagnostic(
                one.ingress,
                Reason.CONFLICT,
                "the default backend of everything is that of " + everything.origin()));
      }
      everything = everything == null ? candidate : everything;
    }
    conflicts.values().forEach(diagnostics::addAll);
    table = table.with(changedHosts, everything);
    return new Translation(
        table,
        CertificateIndex.of(tls.byHost()),
        clients,
        passthrough,
        upstreams,
        global.edge(),
        global.edge().refusesUnknown() ? contributors.keySet() : Set.of(),
        accepted,
        diagnostics);
  }

  /** Takes over what the ConfigMap says now. */
  @SuppressWarnings("ReferenceEquality") // another object is enough to read it again
  private void configure(@Nullable ConfigMap now) {
    if (now == lastConfig) {
      return;
    }
    lastConfig = now;
    List<Diagnostic> problems = new ArrayList<>();
    GlobalSettings before = global;
    global =
        config.read(
            now == null ? Map.of() : now.data(),
            (kind, message) -> {
              if (now != null) {
                problems.add(
                    new Diagnostic(
                        Subject.CONFIG_MAP,
                        now.key(),
                        now.metadata().uid(),
                        reason(kind),
                        message));
              }
            });
    configProblems = List.copyOf(problems);
    globalChanged = !global.equals(before);
  }

  private static Reason reason(Problems.Kind kind) {
    return switch (kind) {
      case UNSUPPORTED -> Reason.UNSUPPORTED_KEY;
      case UNKNOWN -> Reason.UNKNOWN_KEY;
      case REFUSED -> Reason.REFUSED_KEY;
      case INVALID, BROKEN_REFERENCE -> Reason.KEY_INVALID;
      case RESTART -> Reason.RESTART_NEEDED;
    };
  }

  /** Compiles the Ingresses that are new or other than before, and forgets those that are gone. */
  @SuppressWarnings("ReferenceEquality") // another object is enough to compile again
  private void take(IngressObjects objects, ClassSelector selector) {
    int ours = 0;
    for (Ingress ingress : objects.ingresses()) {
      CompiledIngress before = byKey.get(ingress.key());
      if (!selector.accepts(ingress)) {
        forget(before);
        continue;
      }
      ours++;
      if (globalChanged
          || before == null
          || before.ingress != ingress
          || !before.lookup.holdsFor(objects)) {
        remember(compile(ingress, objects));
        forget(before);
      }
    }
    if (ours < byKey.size()) {
      Set<ObjectKey> present = HashSet.newHashSet(objects.ingresses().size());
      for (Ingress ingress : objects.ingresses()) {
        present.add(ingress.key());
      }
      for (CompiledIngress one : List.copyOf(byKey.values())) {
        if (!present.contains(one.ingress.key())) {
          forget(one);
        }
      }
    }
  }

  private CompiledIngress compile(Ingress ingress, IngressObjects objects) {
    Lookup lookup = new Lookup(objects);
    try {
      return IngressCompiler.compile(ingress, lookup, options, global, memory);
    } catch (RuntimeException unforeseen) {
      // An object that nobody thought of must not stop the others.
      CompiledIngress nothing = new CompiledIngress(ingress, lookup);
      nothing.report(Reason.INVALID, "the Ingress cannot be served: " + unforeseen);
      return nothing;
    }
  }

  private void remember(CompiledIngress one) {
    compiled.put(one.ingress, one);
    acceptedChanged |= byKey.put(one.ingress.key(), one) == null;
    for (String host : one.hosts.keySet()) {
      contributors.computeIfAbsent(host, _ -> new TreeMap<>(PRECEDENCE)).put(one.ingress, one);
      dirtyHosts.add(host);
    }
    one.upstreams.forEach(this::use);
  }

  /** Takes back what an Ingress contributed; a successor of the same name stays. */
  private void forget(@Nullable CompiledIngress one) {
    if (one == null) {
      return;
    }
    compiled.remove(one.ingress, one);
    acceptedChanged |= byKey.remove(one.ingress.key(), one);
    for (String host : one.hosts.keySet()) {
      TreeMap<Ingress, CompiledIngress> others = contributors.get(host);
      if (others != null) {
        others.remove(one.ingress, one);
      }
      dirtyHosts.add(host);
    }
    one.upstreams.forEach(this::release);
  }

  private void use(UpstreamSpec upstream) {
    upstreamsChanged |= upstreamUses.merge(upstream, 1, Integer::sum) == 1;
  }

  private void release(UpstreamSpec upstream) {
    Integer left = upstreamUses.computeIfPresent(upstream, (_, n) -> n == 1 ? null : n - 1);
    upstreamsChanged |= left == null;
  }

  private static <V> void put(Map<String, V> byHost, String host, @Nullable V value) {
    if (value == null) {
      byHost.remove(host);
    } else {
      byHost.put(host, value);
    }
  }

  /** Takes over the upstreams that only the merging of a host came to. */
  private void sharedUpstreams(String host, Set<UpstreamSpec> now) {
    Set<UpstreamSpec> before =
        now.isEmpty() ? hostUpstreams.remove(host) : hostUpstreams.put(host, now);
    now.forEach(this::use);
    if (before != null) {
      before.forEach(this::release);
    }
  }

  private Map<String, @Nullable VirtualHost> mergeHosts() {
    Map<String, @Nullable VirtualHost> changed = HashMap.newHashMap(dirtyHosts.size());
    for (String host : dirtyHosts) {
      TreeMap<Ingress, CompiledIngress> asking = contributors.get(host);
      if (asking == null || asking.isEmpty()) {
        contributors.remove(host);
        changed.put(host, null);
        conflicts.remove(host);
        sharedUpstreams(host, Set.of());
        put(clients, host, null);
        put(passthrough, host, null);
        continue;
      }
      HostMerger.Merged merged = HostMerger.merge(host, asking.values(), options.ingressNginx());
      sharedUpstreams(host, merged.upstreams());
      put(clients, host, merged.clients());
      put(passthrough, host, merged.passthrough());
      changed.put(host, merged.routes());
      if (merged.diagnostics().isEmpty()) {
        conflicts.remove(host);
      } else {
        conflicts.put(host, merged.diagnostics());
      }
    }
    dirtyHosts.clear();
    return changed;
  }

  private static Diagnostic diagnostic(Ingress ingress, Reason reason, String message) {
    return new Diagnostic(ingress.key(), ingress.metadata().uid(), reason, message);
  }
}
