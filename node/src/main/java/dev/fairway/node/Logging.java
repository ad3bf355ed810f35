// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Configures logback without XML, which would cost a tenth of a second at every start: to a file
 * (two of at most 10 MiB) where a command said so before the first line, else to stderr. {@code
 * FAIRWAY_LOG_LEVEL} sets the level of our own classes.
 */
public final class Logging extends ContextAwareBase implements Configurator {
  private static final String FILE = "fairway.log.file";

  /** Texts of others are in messages: they cannot begin a line, nor fill the disk with one. */
  static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z', UTC} %-5level %logger{0}"
          + " %replace(%.-8000msg){'[\\p{Cntrl}\\u0085\\u2028\\u2029]', '?'}%n";

  /**
   * Sends log lines to a file; must come before the first line is logged. Where the folder cannot
   * be written they stay on stderr, and the command itself says what is wrong.
   */
  static void toFile(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(folder);
    } catch (IOException _) {
      return;
    }
    if (Files.isWritable(folder)) {
      System.setProperty(FILE, file.toString());
    }
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(PATTERN);
    encoder.start();
    String file = System.getProperty(FILE);
    OutputStreamAppender<ILoggingEvent> appender =
        file == null ? console(context) : file(context, file);
    appender.setEncoder(encoder);
    appender.start();
    ch.qos.logback.classic.Logger root = context.getLogger("ROOT");
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    context
        .getLogger("dev.fairway")
        .setLevel(
            level(System.getenv("FAIRWAY_LOG_LEVEL"), file == null ? Level.WARN : Level.INFO));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static Level level(@Nullable String name, Level fallback) {
    return name == null ? fallback : Level.toLevel(name, fallback);
  }

  private static OutputStreamAppender<ILoggingEvent> console(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget("System.err");
    return console;
  }

  private static OutputStreamAppender<ILoggingEvent> file(LoggerContext context, String path) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setFile(path);
    FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
    window.setContext(context);
    window.setParent(appender);
    window.setFileNamePattern(path + ".%i");
    window.setMinIndex(1);
    window.setMaxIndex(1);
    window.start();
    SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
    size.setContext(context);
    size.setMaxFileSize(FileSize.valueOf("10MB"));
    size.start();
    appender.setRollingPolicy(window);
    appender.setTriggeringPolicy(size);
    return appender;
  }
}
