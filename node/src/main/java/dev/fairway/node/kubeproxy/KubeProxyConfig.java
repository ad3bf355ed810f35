// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The settings of one run, every field with its default where nothing was said. Immutable. */
public final class KubeProxyConfig {
  static final int HEALTHZ_PORT = 10256;
  static final int METRICS_PORT = 10249;

  private final Map<ConfigField, Object> values;

  private KubeProxyConfig(Map<ConfigField, Object> values) {
    this.values = Collections.unmodifiableMap(values);
  }

  /** Settings that say nothing but what is here; flags may say "" where a file's "" is no word. */
  static KubeProxyConfig of(Map<ConfigField, Object> said) {
    Map<ConfigField, Object> values = new EnumMap<>(ConfigField.class);
    for (ConfigField field : ConfigField.values()) {
      Object value = said.get(field);
      values.put(field, value == null ? field.defaultValue : value);
    }
    IpAddress bind = IpAddress.tryParse(text(values, ConfigField.BIND_ADDRESS));
    boolean v6 = bind != null && !bind.isV4();
    completeAddress(
        said, values, ConfigField.HEALTHZ_BIND_ADDRESS, v6 ? "::" : "0.0.0.0", HEALTHZ_PORT);
    completeAddress(
        said, values, ConfigField.METRICS_BIND_ADDRESS, v6 ? "::1" : "127.0.0.1", METRICS_PORT);
    return new KubeProxyConfig(values);
  }

  private static void completeAddress(
      Map<ConfigField, Object> said,
      Map<ConfigField, Object> values,
      ConfigField field,
      String host,
      int port) {
    String text = said.containsKey(field) ? text(values, field) : host;
    values.put(field, text.isEmpty() ? "" : withPort(text, port));
  }

  private static String text(Map<ConfigField, Object> values, ConfigField field) {
    return String.valueOf(values.get(field));
  }

  /** An address that names no port gets this one; what is no address is left to be refused. */
  static String withPort(String text, int port) {
    IpAddress address = IpAddress.tryParse(text);
    if (address == null) {
      return text;
    }
    return (address.isV4() ? text : "[" + text + "]") + ":" + port;
  }

  /**
   * Reads a configuration file.
   *
   * @param over what flags say beside the file
   * @param warnings what is odd but can be used
   * @throws ConfigException if it cannot be read or is no configuration
   */
  static KubeProxyConfig load(Path file, Map<ConfigField, Object> over, Consumer<String> warnings)
      throws ConfigException {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException("failed to load config file " + file + ": " + e, e);
    }
    try {
      Map<ConfigField, Object> said = ConfigTree.read(text, warnings);
      said.putAll(over);
      return of(said);
    } catch (ConfigException e) {
      throw new ConfigException("config file " + file + ": " + e.getMessage(), e);
    }
  }

  Object get(ConfigField field) {
    return Objects.requireNonNull(values.get(field));
  }

  String text(ConfigField field) {
    return (String) get(field);
  }

  boolean flag(ConfigField field) {
    return (Boolean) get(field);
  }

  int number(ConfigField field) {
    return ((Long) get(field)).intValue();
  }

  Duration duration(ConfigField field) {
    return (Duration) get(field);
  }

  @SuppressWarnings("unchecked")
  List<String> list(ConfigField field) {
    return (List<String>) get(field);
  }

  @SuppressWarnings("unchecked")
  Map<String, Boolean> featureGates() {
    return (Map<String, Boolean>) get(ConfigField.FEATURE_GATES);
  }

  /** The kubeconfig file, null for the service account of the pod. */
  public @Nullable Path kubeconfig() {
    String text = text(ConfigField.KUBECONFIG);
    return text.isEmpty() ? null : Path.of(text);
  }

  /** The word that was configured for the mode, "" for none. */
  public String mode() {
    return text(ConfigField.MODE);
  }

  /** All fields as the JSON that {@code /configz} answers. */
  public String configz() {
    return KubeCodec.json()
        .createObjectNode()
        .set("kubeproxy.config.k8s.io", ConfigTree.write(this))
        .toString();
  }

  /** All fields as a configuration file. */
  public String yaml() {
    return ConfigTree.yaml(ConfigTree.write(this));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KubeProxyConfig config && values.equals(config.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
