// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import java.util.Iterator;
import org.slf4j.LoggerFactory;

/** Makes the log what the configuration says. */
final class LogSettings {
  private static final int DEBUG_FROM = 4;
  private static final int TRACE_FROM = 6;

  private LogSettings() {}

  /**
   * A daemon says what it does, unless the environment says otherwise.
   *
   * @param fixedLevel whether {@code FAIRWAY_LOG_LEVEL} has set the level
   */
  static void apply(KubeProxyConfig config, boolean fixedLevel) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    int verbosity = config.number(ConfigField.LOGGING_VERBOSITY);
    if (!fixedLevel) {
      context
          .getLogger("dev.fairway")
          .setLevel(
              verbosity >= TRACE_FROM
                  ? Level.TRACE
                  : verbosity >= DEBUG_FROM ? Level.DEBUG : Level.INFO);
    }
    if (config.text(ConfigField.LOGGING_FORMAT).equals("json")) {
      Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
      for (Iterator<Appender<ILoggingEvent>> all = root.iteratorForAppenders(); all.hasNext(); ) {
        if (all.next() instanceof OutputStreamAppender<ILoggingEvent> appender) {
          JsonEncoder encoder = new JsonEncoder();
          encoder.setContext(context);
          encoder.start();
          appender.setEncoder(encoder);
        }
      }
    }
  }
}
