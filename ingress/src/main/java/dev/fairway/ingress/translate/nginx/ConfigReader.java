// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.filter.AuthCache;
import dev.fairway.ingress.filter.HstsHeader;
import dev.fairway.ingress.route.RetryPolicy;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.translate.nginx.Problems.Kind;
import dev.fairway.service.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ConfigMap of the gateway again and again. A value that is not allowed is reported, and
 * the one before it holds; where a guard never had one, it is closed. Not thread-safe.
 */
public final class ConfigReader {
  private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._~/-]*");
  private static final String GLOBAL = "global-";
  private static final List<IpPrefix> EVERYBODY =
      List.of(IpPrefix.parse("0.0.0.0/0"), IpPrefix.parse("::/0"));
  private static final Problems NOBODY = (_, _) -> {};

  /** Keys that guard something: without a value that was right, nothing passes. */
  private static final Set<String> GUARDS =
      Set.of("block-cidrs", "denylist-source-range", "whitelist-source-range");

  private final GlobalSettings usual;
  private final Map<String, String> started;
  private Map<String, String> valid = Map.of();

  /**
   * @param usual what holds where the ConfigMap says nothing
   * @param started the data that the gateway was started with
   */
  public ConfigReader(GlobalSettings usual, Map<String, String> started) {
    this.usual = usual;
    this.started = Map.copyOf(started);
  }

  /** What holds with the data of the ConfigMap as it is now. */
  public GlobalSettings read(Map<String, String> data, Problems problems) {
    Map<String, String> known = classify(data, problems);
    Annotations all = Annotations.of(known, problems);
    build(all);
    StartSettings.read(all);
    Set<String> invalid = all.invalidNames();
    Map<String, String> holds = new HashMap<>(known);
    for (String name : invalid) {
      String before = valid.get(name);
      if (before != null) {
        holds.put(name, before);
      } else if (!isGuard(name)) {
        holds.remove(name);
      }
    }
    tellRestarts(known, invalid, problems);
    GlobalSettings settings = build(Annotations.of(holds, NOBODY));
    Map<String, String> right = new HashMap<>(holds);
    invalid.forEach(name -> {
      if (!valid.containsKey(name)) {
        right.remove(name);
      }
    });
    valid = Map.copyOf(right);
    return settings;
  }

  private static boolean isGuard(String name) {
    return GUARDS.contains(name) || name.startsWith(GLOBAL);
  }

  /** The keys that have an effect; the others are reported. */
  private static Map<String, String> classify(Map<String, String> data, Problems problems) {
    Map<String, String> known = new TreeMap<>();
    List<String> unsupported = new ArrayList<>();
    new TreeMap<>(data)
        .forEach((name, value) -> {
          if (value.isBlank()) {
            return; // as if it were not there
          }
          String shown = Annotations.shown(name);
          ConfigCatalog.Key key = ConfigCatalog.find(name);
          if (key == null) {
            problems.report(Kind.UNKNOWN, shown + " is no key" + ConfigCatalog.hint(name));
            return;
          }
          switch (key.support()) {
            case SUPPORTED, DIFFERENT -> known.put(name, value.strip());
            case UNSUPPORTED -> unsupported.add(shown);
            case REFUSED -> problems.report(Kind.REFUSED, shown + " is refused: " + key.note());
          }
        });
    if (!unsupported.isEmpty()) {
      problems.report(Kind.UNSUPPORTED, "not supported and ignored: " + unsupported);
    }
    return known;
  }

  private void tellRestarts(Map<String, String> now, Set<String> invalid, Problems problems) {
    List<String> changed = new ArrayList<>();
    for (ConfigCatalog.Key key : ConfigCatalog.all()) {
      String value = now.getOrDefault(key.name(), "");
      if (key.atStart()
          && !invalid.contains(key.name())
          && !value.equals(started.getOrDefault(key.name(), "").strip())) {
        changed.add(key.name());
      }
    }
    if (!changed.isEmpty()) {
      problems.report(
          Kind.RESTART, "take effect when the gateway is started again, not before: " + changed);
    }
  }

  private GlobalSettings build(Annotations config) {
    List<IpPrefix> proxies = AccessSettings.ranges(config, "proxy-real-ip-cidr");
    if (proxies == null || proxies.isEmpty()) {
      proxies = EVERYBODY;
    }
    boolean forwarded = config.flag("use-forwarded-headers", false);
    boolean proxyProtocol = config.flag("use-proxy-protocol", false);
    return new GlobalSettings(
        policy(config),
        https(config),
        new GlobalSettings.Access(
            AccessSettings.ranges(config, "block-cidrs"),
            AccessSettings.ranges(config, "denylist-source-range"),
            AccessSettings.ranges(config, "whitelist-source-range")),
        new GlobalSettings.LimitStatuses(
            config.integer("limit-req-status-code", 400, 599, usual.limits().requests()),
            config.integer("limit-conn-status-code", 400, 599, usual.limits().connections())),
        auth(config),
        paths(config, "no-auth-locations", usual.openPaths()),
        DefaultBackendSettings.statuses(config, usual.errorStatuses()),
        BalancingSettings.read(config, usual.balancing()),
        config.flag("relative-redirects", usual.relativeRedirects()),
        new GlobalSettings.Edge(
            forwarded ? proxies : List.of(),
            proxyProtocol ? proxies : List.of(),
            TlsSettings.read(config),
            config.flag("ssl-reject-handshake", false)));
  }

  private RoutePolicy policy(Annotations config) {
    RoutePolicy policy = PolicySettings.read(config, usual.policy());
    RetryPolicy retries = policy.retries();
    boolean all = config.flag("retry-non-idempotent", retries.nonIdempotent());
    return new RoutePolicy(
        policy.requestTimeout(),
        policy.attemptTimeout(),
        policy.connectTimeout(),
        policy.sendTimeout(),
        policy.readTimeout(),
        policy.maxRequestBody(),
        new RetryPolicy(
            retries.attempts(), retries.within(), retries.statuses(), retries.onTimeout(), all),
        policy.responseRate());
  }

  private GlobalSettings.Https https(Annotations config) {
    int status = config.integer("http-redirect-code", 301, 308, usual.https().status());
    if (status > 302 && status < 307) {
      config.invalid("http-redirect-code", "301, 302, 307 or 308");
      status = usual.https().status();
    }
    return new GlobalSettings.Https(
        config.flag("ssl-redirect", usual.https().whereTls()),
        config.flag("force-ssl-redirect", usual.https().always()),
        status,
        paths(config, "no-tls-redirect-locations", usual.https().plainPaths()),
        hsts(config));
  }

  private @Nullable HstsHeader hsts(Annotations config) {
    int age = config.integer("hsts-max-age", 0, Integer.MAX_VALUE, 31_536_000);
    boolean below = config.flag("hsts-include-subdomains", true);
    boolean preload = config.flag("hsts-preload", false);
    String value =
        "max-age=" + age + (below ? "; includeSubDomains" : "") + (preload ? "; preload" : "");
    return config.flag("hsts", usual.https().hsts() != null) ? new HstsHeader(value) : null;
  }

  /** What is to be put to an authentication service, by the names of annotations. */
  private static Map<String, String> auth(Annotations config) {
    Map<String, String> auth = config.below(GLOBAL);
    if (!auth.containsKey("auth-url")) {
      return Map.of();
    }
    Annotations read = Annotations.of(auth, NOBODY);
    AuthSettings.read(read, new AuthCache(), new HashSet<>());
    for (String name : read.invalidNames()) {
      config.invalid(GLOBAL + name, "what the annotation " + name + " may say");
    }
    return auth;
  }

  private static List<String> paths(Annotations config, String name, List<String> fallback) {
    if (!config.has(name)) {
      return fallback;
    }
    List<String> paths = config.list(name);
    for (String path : paths) {
      if (!PATH.matcher(path).matches()) {
        config.invalid(name, "paths that begin with /, with commas between them");
        return fallback;
      }
    }
    return paths;
  }
}
