// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.node.cluster.EnvironmentException;
import dev.fairway.node.kubeproxy.ApiAccess;
import dev.fairway.node.kubeproxy.CommandFlags;
import dev.fairway.node.kubeproxy.ConfigException;
import dev.fairway.node.kubeproxy.KubeProxyConfig;
import dev.fairway.node.kubeproxy.MachineSetup;
import dev.fairway.node.kubeproxy.ProxyDaemon;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code fairway node}: the daemon that stands where kube-proxy stood, with kube-proxy's flags. It
 * reads its command line itself, as the rules for it are kube-proxy's: exit code 1 for a wrong one.
 */
@Command(
    name = "node",
    description = {
      "Run the node daemon that replaces kube-proxy, against any Kubernetes API server.",
      "It takes kube-proxy's flags and configuration file (KubeProxyConfiguration)."
    },
    customSynopsis = "fairway node [--config FILE | FLAGS]",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairway node --config /var/lib/kube-proxy/config.conf --hostname-override node-7",
      "  fairway node --kubeconfig kc --hostname-override node-7 --nodeport-addresses primary",
      "  fairway node --kubeconfig kc --address-pool 192.0.2.240/28,2001:db8::f0/124",
      "  fairway node --cleanup"
    })
final class NodeCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger(NodeCommand.class.getName());

  private CommandSpec spec = CommandSpec.create();

  // Not -h, which would claim every flag with one dash that begins with an h.
  @Option(names = "--help", usageHelp = true, description = "Show this help and exit.")
  boolean help;

  @Parameters(arity = "0..*", hidden = true)
  private List<String> arguments = List.of();

  /** Leaves every flag to be read here. */
  @Spec
  void setSpec(CommandSpec node) {
    spec = node;
    node.parser()
        .unmatchedOptionsArePositionalParams(true)
        .posixClusteredShortOptionsAllowed(false);
    node.usageMessage()
        .optionListHeading("%nFlags (with one dash or two, --flag value or --flag=value):%n")
        .footerHeading("%s%nExamples:%n");
    node.usageMessage()
        .sectionMap()
        .put("footerHeading", _ -> CommandFlags.help() + "\nExamples:\n");
  }

  @Override
  public Integer call() throws EnvironmentException, InterruptedException {
    return run(arguments, spec.commandLine().getOut());
  }

  /** Whether nothing but this command can be meant, so that it need not be looked for. */
  static boolean isMeant(String[] args) {
    return args.length > 0
        && args[0].equals("node")
        && Stream.of(args).noneMatch(argument -> argument.equals("--help"));
  }

  /** The command without picocli, whose reflection costs a start a fifth of a second. */
  static int run(List<String> arguments, PrintWriter out)
      throws EnvironmentException, InterruptedException {
    try {
      CommandFlags flags = CommandFlags.parse(arguments);
      if (flags.isVersion()) {
        out.println(new FairwayCommand.Version().getVersion()[0]);
        return Main.OK;
      }
      KubeProxyConfig config = flags.configuration(NodeCommand::warn);
      Path target = flags.writeConfigTo();
      if (target != null) {
        Files.writeString(target, config.yaml());
        out.println("wrote configuration to " + target);
        return Main.OK;
      }
      if (flags.isCleanup()) {
        return MachineSetup.cleanup(out::println) ? Main.OK : Main.FAILED;
      }
      return serve(flags, config, out);
    } catch (ConfigException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new EnvironmentException(Causes.text(e), e);
    }
  }

  private static int serve(CommandFlags flags, KubeProxyConfig config, PrintWriter out)
      throws IOException, EnvironmentException, InterruptedException {
    MachineSetup.logging(config);
    if (flags.isInitOnly()) {
      MachineSetup.init(flags, config, out::println);
      return Main.OK;
    }
    String name = ProxyDaemon.nodeName(config);
    ApiAccess api;
    try {
      api = ApiAccess.connect(config.kubeconfig(), flags.master(), System.getenv());
    } catch (ConfigException e) {
      throw e;
    } catch (IOException e) {
      throw new EnvironmentException(
          config.kubeconfig() == null
              ? "no --kubeconfig and no pod to run in: " + Causes.text(e)
              : "kubeconfig " + config.kubeconfig() + " cannot be used: " + Causes.text(e),
          e);
    }
    AtomicBoolean ended = new AtomicBoolean();
    ProxyDaemon daemon = ProxyDaemon.start(flags, config, name, api);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(() -> {
                  daemon.close();
                  if (!ended.get()) {
                    // Asked to end by a signal, and ended cleanly: no failure.
                    Runtime.getRuntime().halt(Main.OK);
                  }
                }));
    out.println(daemon);
    out.flush();
    int code = daemon.await();
    ended.set(true);
    return code;
  }

  private static void warn(String line) {
    LOG.log(System.Logger.Level.WARNING, line);
  }
}
