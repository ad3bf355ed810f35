// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.node.kubeproxy.Commands.Result;
import dev.fairway.proxy.bpf.CgroupTree;
import dev.fairway.proxy.routes.VipRoutes;
import dev.fairway.proxy.userspace.TransparentRouting;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Removes what kube-proxy left on a machine in any of its modes, and what Fairway left. Programs
 * that are not there have left nothing. The kubelet's own chains stay.
 */
final class Cleanup {
  private static final Pattern PROXY_CHAIN =
      Pattern.compile(
          "KUBE-(SERVICES|NODEPORTS|POSTROUTING|MARK-MASQ|PROXY-CANARY|EXTERNAL-SERVICES|FORWARD"
              + "|PROXY-FIREWALL|(SVC|SEP|EXT|FW|SVL|XLB)-\\w+"
              + "|LOAD-BALANCER|NODE-PORT|SOURCE-RANGES-FIREWALL|IPVS-FILTER|IPVS-OUT-FILTER)");
  private static final String SELF_TEST = "fairway-self-test-";
  private static final Set<String> TABLES = Set.of("nat", "filter", "mangle");

  private final Commands commands;
  private final Path bpfFolder;
  private final Consumer<String> report;
  private boolean complete = true;

  /**
   * A clean-up that has not begun.
   *
   * @param bpfFolder where Fairway pins its eBPF objects
   * @param report told of everything that was removed and of what could not be
   */
  Cleanup(Commands commands, Path bpfFolder, Consumer<String> report) {
    this.commands = commands;
    this.bpfFolder = bpfFolder;
    this.report = report;
  }

  /** Removes what kube-proxy left; false if something is still there. */
  boolean ofKubeProxy() throws InterruptedException {
    nftTable("ip", "kube-proxy");
    nftTable("ip6", "kube-proxy");
    iptables("iptables");
    iptables("ip6tables");
    ipvs();
    return complete;
  }

  /** Removes what Fairway left; false if something is still there. */
  boolean ofFairway() throws InterruptedException {
    try {
      int routes = VipRoutes.removeAll();
      if (routes > 0) {
        report.accept("removed " + routes + " routes of addresses of Services");
      }
    } catch (IOException e) {
      complete = false;
      report.accept("cannot remove routes of addresses of Services: " + e.getMessage());
    }
    complete &= new ServiceRangeRoutes(commands, report).removeAll();
    TransparentRouting.remove();
    pinned();
    CgroupTree.root().ifPresent(this::selfTests);
    if (!PinFolder.unmount(commands)) {
      complete = false;
      report.accept("cannot unmount " + PinFolder.OWN);
    }
    return complete;
  }

  /** Removes the cgroups of self-tests whose process was killed. */
  void selfTests(Path cgroup) {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(cgroup, SELF_TEST + "[0-9]*")) {
      for (Path path : left) {
        String pid = path.getFileName().toString().substring(SELF_TEST.length());
        if (pid.matches("[0-9]{1,10}") && ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
          Files.delete(path);
          report.accept("removed " + path);
        }
      }
    } catch (IOException e) {
      complete = false;
      report.accept("cannot remove cgroups of self-tests in " + cgroup + ": " + e);
    }
  }

  /** Removes the eBPF objects of one node; false if something is still there. */
  boolean ofFormerMode(String nodeName) {
    pinned(bpfFolder.resolve(nodeName));
    pinned(PinFolder.OWN.resolve(nodeName));
    return complete;
  }

  private void nftTable(String family, String table) throws InterruptedException {
    Result tables = commands.run(List.of("nft", "list", "tables", family), "");
    if (tables.isDone()
        && tables.output().lines().anyMatch(("table " + family + " " + table)::equals)) {
      delete(List.of("nft", "delete", "table", family, table), "nft table " + family + " " + table);
    }
  }

  private void delete(List<String> command, String what) throws InterruptedException {
    done(commands.run(command, ""), what);
  }

  private void done(Result result, String what) {
    if (result.isDone()) {
      report.accept("removed " + what);
    } else {
      complete = false;
      report.accept(
          "cannot remove " + what + ": " + result.output().lines().findFirst().orElse("?"));
    }
  }

  /**
   * All chains at once: there may be tens of thousands, and a command for each would take hours.
   * First the jumps from chains of others, then all rules in ours, then the chains.
   */
  private void iptables(String program) throws InterruptedException {
    for (String table : TABLES.stream().sorted().toList()) {
      Result saved = commands.run(List.of(program + "-save", "-t", table), "");
      if (!saved.isDone()) {
        continue;
      }
      List<String> chains = new ArrayList<>();
      StringBuilder jumps = new StringBuilder();
      for (String line : saved.output().lines().toList()) {
        if (line.startsWith(":")) {
          String chain = line.substring(1).split(" ", 2)[0];
          if (PROXY_CHAIN.matcher(chain).matches()) {
            chains.add(chain);
          }
        } else if (line.startsWith("-A ") && isJumpFromOther(line)) {
          jumps.append("-D").append(line.substring(2)).append('\n');
        }
      }
      if (chains.isEmpty()) {
        continue;
      }
      StringBuilder input = new StringBuilder("*" + table + "\n");
      chains.forEach(chain -> input.append(':').append(chain).append(" - [0:0]\n"));
      input.append(jumps);
      chains.forEach(chain -> input.append("-X ").append(chain).append('\n'));
      input.append("COMMIT\n");
      done(
          commands.run(List.of(program + "-restore", "--noflush", "-w", "5"), input.toString()),
          chains.size() + " chains of kube-proxy in " + program + " table " + table);
    }
  }

  private static boolean isJumpFromOther(String rule) {
    List<String> words = List.of(rule.split(" "));
    int jump = words.lastIndexOf("-j");
    return jump > 0
        && jump + 1 < words.size()
        && PROXY_CHAIN.matcher(words.get(jump + 1)).matches()
        && !PROXY_CHAIN.matcher(words.get(1)).matches();
  }

  private void ipvs() throws InterruptedException {
    if (commands.run(List.of("ip", "link", "show", "kube-ipvs0"), "").isDone()) {
      delete(List.of("ip", "link", "delete", "kube-ipvs0"), "interface kube-ipvs0");
      Result servers = commands.run(List.of("ipvsadm", "--clear"), "");
      if (!servers.isAbsent()) {
        done(servers, "virtual servers of IPVS");
      }
    }
    Result sets = commands.run(List.of("ipset", "list", "-n"), "");
    if (sets.isDone()) {
      for (String set : sets.output().lines().filter(name -> name.startsWith("KUBE-")).toList()) {
        delete(List.of("ipset", "destroy", set), "ipset " + set);
      }
    }
  }

  private void pinned() {
    pinned(bpfFolder);
    for (Path folder : PinFolder.ofNodes()) {
      pinned(folder);
    }
  }

  private void pinned(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
      report.accept("removed eBPF objects in " + folder);
    } catch (IOException e) {
      complete = false;
      report.accept("cannot remove eBPF objects in " + folder + ": " + e);
    }
  }
}
