// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.controller.loadbalancer.AddressPool;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A command line in kube-proxy's way: {@code --flag value}, {@code --flag=value}, one or two
 * dashes, a flag without a value is true. Immutable.
 */
public final class CommandFlags {
  private static final Map<String, ConfigField> FIELDS = new HashMap<>();
  private static final Map<String, Action> ACTIONS = new HashMap<>();

  static {
    for (ConfigField field : ConfigField.values()) {
      if (field.flag != null) {
        FIELDS.put(field.flag, field);
      }
    }
    for (Action action : Action.values()) {
      ACTIONS.put(action.flag, action);
    }
  }

  /** Flags that are no fields of the configuration. */
  private enum Action {
    CONFIG("config", false, "Read the configuration from this file; most flags are ignored then."),
    WRITE_CONFIG_TO("write-config-to", false, "Write the configuration to this file and end."),
    CLEANUP("cleanup", true, "Remove what kube-proxy and Fairway left on the machine, and end."),
    INIT_ONLY("init-only", true, "Do only what needs privileges, and end."),
    MASTER("master", false, "URL of the API server; overrides the kubeconfig's."),
    VERSION("version", true, "Print the version and end."),
    HEALTHZ_PORT("healthz-port", false, "Deprecated: port of healthz-bind-address, 0 for none."),
    METRICS_PORT("metrics-port", false, "Deprecated: port of metrics-bind-address, 0 for none."),
    ADDRESS_POOL(
        "address-pool",
        false,
        "CIDRs that LoadBalancer Services get addresses from, announced in the local network."),
    MAX_HEAP(
        "max-heap", false, "Largest heap, such as 512m: read by the command that starts Java."),
    MAX_DIRECT_MEMORY(
        "max-direct-memory",
        false,
        "Largest memory of buffers outside of the heap, such as 256m; read like max-heap."),
    NODE_IP("node-ip", false, "The node's addresses, instead of those of the Node object."),
    SERVICE_CIDR(
        "service-cidr",
        false,
        "With --init-only: make these ranges of ClusterIPs local, for a process with --unprivileged."),
    CGROUP(
        "cgroup",
        false,
        "With eBPF: serve the sockets of this cgroup of version 2 and below (default: its root)."),
    UNPRIVILEGED(
        "unprivileged",
        true,
        "Change nothing on the machine, even if it is allowed: no routes, rules or sysctls.");

    final String flag;
    final boolean isBool;
    final String help;

    Action(String flag, boolean isBool, String help) {
      this.flag = flag;
      this.isBool = isBool;
      this.help = help;
    }
  }

  private final Map<ConfigField, Object> said;
  private final Map<Action, String> actions;

  private CommandFlags(Map<ConfigField, Object> said, Map<Action, String> actions) {
    this.said = Collections.unmodifiableMap(said);
    this.actions = Collections.unmodifiableMap(actions);
  }

  /**
   * Reads a command line.
   *
   * @throws ConfigException for an unknown flag, a value that is none or an extra argument
   */
  public static CommandFlags parse(List<String> arguments) throws ConfigException {
    Map<ConfigField, Object> said = new EnumMap<>(ConfigField.class);
    Map<Action, String> actions = new EnumMap<>(Action.class);
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.isEmpty()) {
        continue;
      }
      if (!argument.startsWith("-") || argument.equals("-") || argument.equals("--")) {
        throw new ConfigException("does not take any arguments, got \"" + argument + "\"");
      }
      String body = argument.substring(argument.startsWith("--") ? 2 : 1);
      int equal = body.indexOf('=');
      String name = (equal < 0 ? body : body.substring(0, equal)).replace('_', '-');
      String value = equal < 0 ? null : body.substring(equal + 1);
      if (value == null && name.matches("v\\d+") && !argument.startsWith("--")) {
        value = name.substring(1);
        name = "v";
      }
      ConfigField field = FIELDS.get(name);
      Action action = ACTIONS.get(name);
      if (field == null && action == null) {
        throw new ConfigException("unknown flag: --" + name);
      }
      if (value == null) {
        boolean isBool = field == null ? action != null && action.isBool : field.kind.isBool();
        if (isBool) {
          value = "true";
        } else if (++i < arguments.size()) {
          value = arguments.get(i);
        } else {
          throw new ConfigException("flag needs an argument: --" + name);
        }
      }
      if (field != null) {
        said.merge(field, ConfigValue.ofFlag(field, value), ConfigValue::joined);
      } else if (action != null) {
        actions.put(action, value);
      }
    }
    return new CommandFlags(said, actions);
  }

  /**
   * The configuration that file and flags make.
   *
   * @param warnings what is odd but can be used
   * @throws ConfigException if there is none; the message names what is wrong
   */
  public KubeProxyConfig configuration(Consumer<String> warnings) throws ConfigException {
    Path file = configFile();
    KubeProxyConfig config;
    if (file == null) {
      config = KubeProxyConfig.of(withPorts());
    } else {
      config = KubeProxyConfig.load(file, besideFile(warnings), warnings);
    }
    ConfigCheck.check(config, warnings);
    return config;
  }

  private Map<ConfigField, Object> besideFile(Consumer<String> warnings) {
    Map<ConfigField, Object> obeyed = new EnumMap<>(ConfigField.class);
    Set<String> ignored = new TreeSet<>();
    said.forEach((field, value) -> {
      if (field.isObeyedBesideFile()) {
        obeyed.put(field, value);
      } else {
        ignored.add("--" + field.flag);
      }
    });
    for (Action action : List.of(Action.HEALTHZ_PORT, Action.METRICS_PORT)) {
      if (actions.containsKey(action)) {
        ignored.add("--" + action.flag);
      }
    }
    if (!ignored.isEmpty()) {
      warnings.accept("flags are ignored, because --config is used: " + String.join(", ", ignored));
    }
    return obeyed;
  }

  private Map<ConfigField, Object> withPorts() throws ConfigException {
    Map<ConfigField, Object> all = new EnumMap<>(ConfigField.class);
    all.putAll(said);
    withPort(all, Action.HEALTHZ_PORT, ConfigField.HEALTHZ_BIND_ADDRESS, "0.0.0.0");
    withPort(all, Action.METRICS_PORT, ConfigField.METRICS_BIND_ADDRESS, "127.0.0.1");
    return all;
  }

  private void withPort(Map<ConfigField, Object> all, Action action, ConfigField field, String host)
      throws ConfigException {
    String text = actions.get(action);
    if (text == null) {
      return;
    }
    int port = ConfigCheck.port(text);
    if (port < 0) {
      throw new ConfigException(
          "invalid argument \"" + text + "\" for --" + action.flag + ": expected a port");
    }
    String address = (String) all.getOrDefault(field, host);
    all.put(field, port == 0 ? "" : KubeProxyConfig.withPort(address, port));
  }

  /** The configuration file, null for none. */
  public @Nullable Path configFile() {
    return path(Action.CONFIG);
  }

  /** Where to write the configuration to, null for nowhere. */
  public @Nullable Path writeConfigTo() {
    return path(Action.WRITE_CONFIG_TO);
  }

  private @Nullable Path path(Action action) {
    String text = actions.getOrDefault(action, "");
    return text.isEmpty() ? null : Path.of(text);
  }

  /** Whether to clean up and end. */
  public boolean isCleanup() {
    return isSet(Action.CLEANUP);
  }

  /** Whether to do the privileged part and end. */
  public boolean isInitOnly() {
    return isSet(Action.INIT_ONLY);
  }

  /** Whether to print the version and end. */
  public boolean isVersion() {
    return isSet(Action.VERSION);
  }

  private boolean isSet(Action action) {
    String text = actions.getOrDefault(action, "false");
    return text.equals("true") || (action == Action.VERSION && text.equals("raw"));
  }

  /**
   * The API server's URL, null if the kubeconfig says it.
   *
   * @throws ConfigException if it is none
   */
  public @Nullable URI master() throws ConfigException {
    String text = actions.getOrDefault(Action.MASTER, "");
    if (text.isEmpty()) {
      return null;
    }
    String full = text.contains("://") ? text : "http://" + text;
    try {
      URI uri = URI.create(full);
      if (uri.getHost() != null) {
        return uri;
      }
    } catch (IllegalArgumentException _) {
      // Said below, as for a URL without a host.
    }
    throw new ConfigException("invalid argument \"" + text + "\" for --master: expected a URL");
  }

  /** The cgroup whose sockets eBPF programs are to serve, null for all of the machine. */
  public @Nullable Path cgroup() {
    return path(Action.CGROUP);
  }

  /** Whether nothing of the machine may be changed. */
  public boolean isUnprivileged() {
    return isSet(Action.UNPRIVILEGED);
  }

  /**
   * The node's addresses where they are not to be those of the Node object.
   *
   * @throws ConfigException if one is none
   */
  public List<IpAddress> nodeIps() throws ConfigException {
    String text = actions.getOrDefault(Action.NODE_IP, "");
    List<IpAddress> addresses = new ArrayList<>();
    for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      IpAddress address = IpAddress.tryParse(part);
      if (address == null) {
        throw new ConfigException(
            "invalid argument \"" + part + "\" for --node-ip: expected an IP address");
      }
      addresses.add(address);
    }
    return List.copyOf(addresses);
  }

  /**
   * Ranges of ClusterIPs that are to be made local; none unless said.
   *
   * @throws ConfigException if one is none
   */
  public List<IpPrefix> serviceCidrs() throws ConfigException {
    String text = actions.getOrDefault(Action.SERVICE_CIDR, "");
    List<IpPrefix> ranges = new ArrayList<>();
    for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      try {
        ranges.add(IpPrefix.parse(part));
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            "invalid argument \"" + part + "\" for --service-cidr: expected a CIDR", e);
      }
    }
    return List.copyOf(ranges);
  }

  /**
   * Where LoadBalancer Services get addresses from; null if they get none from here.
   *
   * @throws ConfigException if it is none
   */
  public @Nullable AddressPool addressPool() throws ConfigException {
    String text = actions.getOrDefault(Action.ADDRESS_POOL, "");
    if (text.isEmpty()) {
      return null;
    }
    try {
      return new AddressPool(List.of(text.split(",", -1)));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "invalid argument \"" + text + "\" for --address-pool: " + e.getMessage(), e);
    }
  }

  /** What was said, by flag without dashes. */
  public Map<String, String> asMap() {
    Map<String, String> all = new TreeMap<>();
    actions.forEach((action, text) -> all.put(action.flag, text));
    said.forEach((field, value) -> {
      if (field.flag != null) {
        all.put(field.flag, value.toString());
      }
    });
    return all;
  }

  /** One line for each flag. */
  public static String help() {
    StringBuilder text = new StringBuilder();
    for (Action action : Action.values()) {
      line(text, action.flag, action.isBool, action.help);
    }
    for (ConfigField field : ConfigField.values()) {
      if (field.flag != null) {
        line(text, field.flag, field.kind.isBool(), field.help);
      }
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String flag, boolean isBool, String help) {
    text.append("  --").append(flag).append(isBool ? "" : "=..").append('\n');
    text.append("      ").append(help).append('\n');
  }
}
