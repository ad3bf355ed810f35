// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.service.IpAddress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The {@code fairway} command: exit code 0 done, 1 the environment is not right, 2 wrong usage. */
public final class Main {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** The first word of a background process; the words of a configuration follow. */
  static final String RUN_CLUSTER = "run-cluster";

  private Main() {}

  public static void main(String[] args) {
    if (args.length > 0 && args[0].equals(RUN_CLUSTER)) {
      // Not through picocli, whose reflection would cost a tenth of a second.
      System.exit(ForegroundRun.inBackground(List.of(args).subList(1, args.length)));
    }
    if (NodeCommand.isMeant(args)) {
      System.exit(node(List.of(args).subList(1, args.length)));
    }
    CommandLine command = commandLine();
    int code = command.execute(args);
    command.getOut().flush();
    command.getErr().flush();
    System.exit(code);
  }

  private static int node(List<String> arguments) {
    PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
    PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
    try {
      return NodeCommand.run(arguments, out);
    } catch (Exception e) {
      failure("fairway node", e, err);
      return FAILED;
    }
  }

  /** The command with its subcommands, as tests call it too. */
  static CommandLine commandLine() {
    CommandLine command = new CommandLine(new FairwayCommand());
    command.setParameterExceptionHandler(Main::usageError);
    command.setExecutionExceptionHandler(Main::failure);
    command.setExitCodeExceptionMapper(_ -> FAILED);
    command.setAbbreviatedOptionsAllowed(false);
    command.setUsageHelpWidth(100);
    command.registerConverter(IpAddress.class, new Converters.Address());
    command.registerConverter(InetSocketAddress.class, new Converters.Socket());
    return command;
  }

  private static int usageError(ParameterException error, String[] args) {
    CommandLine command = error.getCommandLine();
    String message = String.valueOf(error.getMessage()).lines().findFirst().orElse("wrong usage");
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + message + " (see: " + name + " --help)");
    return USAGE;
  }

  private static int failure(Exception error, CommandLine command, ParseResult parsed) {
    failure(command.getCommandSpec().qualifiedName(), error, command.getErr());
    return FAILED;
  }

  private static void failure(String name, Exception error, PrintWriter err) {
    if (error instanceof EnvironmentException) {
      err.println(name + ": " + error.getMessage());
    } else {
      err.println(name + ": unexpected " + error);
      StringWriter trace = new StringWriter();
      error.printStackTrace(new PrintWriter(trace));
      err.print(trace);
      err.flush();
    }
  }
}
