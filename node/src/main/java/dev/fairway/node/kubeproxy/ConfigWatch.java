// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Follows the configuration file, also where it is a ConfigMap's, whose folder is swapped as a
 * whole. Confined to its virtual thread.
 */
final class ConfigWatch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ConfigWatch.class.getName());
  private static final int CHECK_SECONDS = 10;

  /** What takes effect without a start. */
  private static final Set<ConfigField> HOT =
      EnumSet.of(
          ConfigField.LOGGING_FORMAT,
          ConfigField.LOGGING_FLUSH,
          ConfigField.LOGGING_VERBOSITY,
          ConfigField.LOGGING_VMODULE,
          ConfigField.LOGGING_OPTIONS,
          ConfigField.OOM_SCORE_ADJ,
          ConfigField.CONNTRACK_MAX_PER_CORE,
          ConfigField.CONNTRACK_MIN,
          ConfigField.CONNTRACK_TCP_ESTABLISHED,
          ConfigField.CONNTRACK_TCP_CLOSE_WAIT,
          ConfigField.CONNTRACK_TCP_BE_LIBERAL,
          ConfigField.CONFIG_SYNC_PERIOD,
          ConfigField.QPS,
          ConfigField.BURST,
          ConfigField.CONTENT_TYPE,
          ConfigField.ACCEPT_CONTENT_TYPES,
          ConfigField.ENABLE_PROFILING,
          ConfigField.SHOW_HIDDEN_METRICS,
          ConfigField.PORT_RANGE);

  /** Reads the file again. */
  @FunctionalInterface
  interface Loader {
    KubeProxyConfig load() throws ConfigException;
  }

  private final Path folder;
  private final Loader loader;
  private final Consumer<KubeProxyConfig> apply;
  private final Runnable restart;
  private final Thread thread;
  private KubeProxyConfig current;
  private String lastFault = "";

  /**
   * Starts to follow.
   *
   * @param current what is in effect
   * @param apply told of a configuration that can take effect as it is
   * @param restart called, once, when it takes a new process
   */
  ConfigWatch(
      Path file,
      KubeProxyConfig current,
      Loader loader,
      Consumer<KubeProxyConfig> apply,
      Runnable restart) {
    Path parent = file.toAbsolutePath().getParent();
    this.folder = parent == null ? Path.of("/") : parent;
    this.current = current;
    this.loader = loader;
    this.apply = apply;
    this.restart = restart;
    thread = Thread.ofVirtual().name("config-watch").unstarted(this::follow);
  }

  void start() {
    thread.start();
  }

  private void follow() {
    try (WatchService service = folder.getFileSystem().newWatchService()) {
      folder.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      while (true) {
        // Looks now and then without being told: not every file system tells.
        WatchKey key = service.poll(CHECK_SECONDS, TimeUnit.SECONDS);
        if (key != null) {
          key.pollEvents();
          key.reset();
        }
        if (!check()) {
          restart.run();
          return;
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the configuration file is not followed: " + folder, e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks at the file; false if what it says takes a new process. */
  boolean check() {
    KubeProxyConfig now;
    try {
      now = loader.load();
      lastFault = "";
    } catch (ConfigException e) {
      // Perhaps half-written; a proxy that runs is better than one that does not start again.
      String fault = String.valueOf(e.getMessage());
      if (!fault.equals(lastFault)) {
        lastFault = fault;
        LOG.log(System.Logger.Level.WARNING, "the old configuration stays: {0}", fault);
      }
      return true;
    }
    if (now.equals(current)) {
      return true;
    }
    for (ConfigField field : ConfigField.values()) {
      if (!HOT.contains(field) && !now.get(field).equals(current.get(field))) {
        LOG.log(
            System.Logger.Level.INFO,
            "content of the proxy server''s configuration file was updated: {0}",
            field.path);
        return false;
      }
    }
    current = now;
    apply.accept(now);
    return true;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
