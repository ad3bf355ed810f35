// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.config;

import com.google.re2j.Pattern;
import dev.fairway.dns.rules.Acl;
import dev.fairway.dns.rules.Block;
import dev.fairway.dns.rules.Hosts;
import dev.fairway.dns.rules.QueryLog;
import dev.fairway.dns.rules.RewriteRule;
import dev.fairway.dns.rules.Template;
import dev.fairway.dns.wire.Rcode;
import dev.fairway.dns.wire.RecordType;
import dev.fairway.dns.wire.WireName;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongSupplier;

/** Reads the directives of one server block that say what happens to questions. For one use. */
final class RuleReader {
  private static final int HOSTS_TTL = 3600;
  private static final Duration HOSTS_RELOAD = Duration.ofSeconds(5);

  private final Words words;
  private final Problems problems;
  private final Path folder;
  private final List<String> blockZones;
  private final LongSupplier nanoTime;
  private final List<Acl.Rule> access = new ArrayList<>();
  private final List<RewriteRule> rewrites = new ArrayList<>();
  private final List<Template> templates = new ArrayList<>();
  private final List<Hosts> hosts = new ArrayList<>();
  private final List<QueryLog> logs = new ArrayList<>();
  private boolean any;
  private boolean minimal;

  RuleReader(Words words, Path folder, List<String> blockZones, LongSupplier nanoTime) {
    this.words = words;
    this.problems = words.problems();
    this.folder = folder;
    this.blockZones = blockZones;
    this.nanoTime = nanoTime;
  }

  /** The block of a zone. */
  Block block(String zone, Block.Cluster cluster) {
    return new Block(
        WireName.of(zone),
        cluster,
        access.isEmpty() ? Acl.NONE : new Acl(access),
        rewrites,
        templates,
        hosts,
        new Block.Answers(any, minimal, logs));
  }

  /** Reads a directive; false if it is none of these. */
  boolean read(Directive directive) {
    switch (directive.name()) {
      case "acl" -> acl(directive);
      case "rewrite" -> rewrites.addAll(new RewriteReader(words).read(directive));
      case "template" -> template(directive);
      case "hosts" -> hosts(directive);
      case "log" -> log(directive);
      case "any" -> any = words.count(directive, 0, 0);
      case "minimal" -> minimal = words.count(directive, 0, 0);
      default -> {
        return false;
      }
    }
    return true;
  }

  private List<WireName> zones(Directive directive, List<String> args) {
    List<String> zones = args.isEmpty() ? blockZones : words.zones(directive.place(), args);
    return zones.stream().map(WireName::of).toList();
  }

  private void acl(Directive directive) {
    List<WireName> zones = zones(directive, directive.args());
    for (Directive rule : directive.children()) {
      words.noChildren(rule);
      Acl.Action action =
          switch (rule.name()) {
            case "allow" -> Acl.Action.ALLOW;
            case "block" -> Acl.Action.BLOCK;
            case "filter" -> Acl.Action.FILTER;
            case "drop" -> Acl.Action.DROP;
            default -> {
              words.unknown(rule, "allow, block, filter, drop");
              yield Acl.Action.ALLOW;
            }
          };
      Set<Integer> types = new HashSet<>();
      List<IpPrefix> sources = new ArrayList<>();
      String section = "";
      for (String word : rule.args()) {
        if (word.equals("type") || word.equals("net")) {
          section = word;
        } else if (section.equals("type")) {
          type(rule, word, types);
        } else if (section.equals("net")) {
          source(rule, word, sources);
        } else {
          problems.value(rule.place(), word, "type or net");
        }
      }
      access.add(new Acl.Rule(zones, action, types, sources));
    }
  }

  private void type(Directive rule, String word, Set<Integer> types) {
    if (word.equals("*")) {
      return;
    }
    int type = RecordType.parse(word);
    if (type < 0) {
      problems.value(rule.place(), word, "a record type, or *");
    } else {
      types.add(type);
    }
  }

  private void source(Directive rule, String word, List<IpPrefix> sources) {
    if (word.equals("*")) {
      sources.add(IpPrefix.parse("0.0.0.0/0"));
      sources.add(IpPrefix.parse("::/0"));
      return;
    }
    IpAddress address = IpAddress.tryParse(word);
    IpPrefix prefix = address == null ? IpPrefix.tryParse(word) : IpPrefix.single(address);
    if (prefix == null) {
      problems.value(rule.place(), word, "an address, a range like 10.0.0.0/8, or *");
    } else {
      sources.add(prefix);
    }
  }

  private void hosts(Directive directive) {
    List<String> args = directive.args();
    String file = args.isEmpty() ? "/etc/hosts" : args.getFirst();
    List<WireName> zones = zones(directive, args.isEmpty() ? args : args.subList(1, args.size()));
    StringBuilder inline = new StringBuilder();
    int ttl = HOSTS_TTL;
    boolean reverse = true;
    Duration reload = HOSTS_RELOAD;
    List<WireName> fallthrough = List.of();
    boolean types = false;
    for (Directive option : directive.children()) {
      words.noChildren(option);
      switch (option.name()) {
        case "ttl" -> ttl = words.number(option, 1, 65_535);
        case "no_reverse" -> reverse = !words.count(option, 0, 0);
        case "reload" -> {
          if (words.count(option, 1, 1)) {
            reload = words.duration(option, 0);
          }
        }
        case "fallthrough" ->
            fallthrough = option.args().isEmpty() ? zones : zones(option, option.args());
        case "fallthrough_unsupported" -> types = words.count(option, 0, 0);
        default -> {
          if (IpAddress.tryParse(option.name()) == null) {
            words.unknown(
                option,
                "an address and names, ttl, no_reverse, reload, fallthrough,"
                    + " fallthrough_unsupported");
          } else {
            inline.append(String.join(" ", option.words())).append('\n');
          }
        }
      }
    }
    if (types && fallthrough.isEmpty()) {
      problems.add(directive.place(), "has fallthrough_unsupported without fallthrough");
    }
    hosts.add(
        new Hosts(
            new Hosts.Options(
                folder.resolve(file),
                inline.toString(),
                zones,
                ttl,
                reverse,
                reload,
                fallthrough,
                types),
            nanoTime));
  }

  private void template(Directive directive) {
    if (!words.count(directive, 2, Integer.MAX_VALUE)) {
      return;
    }
    List<String> args = directive.args();
    if (!args.get(0).equalsIgnoreCase("IN") && !args.get(0).equalsIgnoreCase("ANY")) {
      problems.value(directive.place(), args.get(0), "IN or ANY");
    }
    int type = RecordType.parse(args.get(1));
    if (type < 0) {
      problems.value(directive.place(), args.get(1), "a record type, or ANY");
    }
    List<WireName> zones = zones(directive, args.subList(2, args.size()));
    List<Pattern> patterns = new ArrayList<>();
    List<String> answer = new ArrayList<>();
    List<String> authority = new ArrayList<>();
    List<String> additional = new ArrayList<>();
    int rcode = Rcode.NOERROR;
    int extendedError = Rcode.EDE_NONE;
    List<WireName> fallthrough = List.of();
    for (Directive option : directive.children()) {
      words.noChildren(option);
      switch (option.name()) {
        case "match" ->
            option.args().stream()
                .map(text -> words.pattern(option.place(), text))
                .filter(java.util.Objects::nonNull)
                .forEach(patterns::add);
        case "answer" -> answer.addAll(option.args());
        case "authority" -> authority.addAll(option.args());
        case "additional" -> additional.addAll(option.args());
        case "rcode" -> rcode = rcode(option);
        case "ederror" -> {
          if (words.count(option, 1, 2)) {
            extendedError = words.number(option, 0, 0, 65_535);
          }
        }
        case "fallthrough" ->
            fallthrough = option.args().isEmpty() ? zones : zones(option, option.args());
        default ->
            words.unknown(
                option, "match, answer, authority, additional, rcode, ederror, fallthrough");
      }
    }
    if (patterns.isEmpty()) {
      patterns.add(Pattern.compile(".*"));
    }
    try {
      templates.add(
          new Template(
              new Template.Options(
                  zones,
                  type,
                  patterns,
                  answer,
                  authority,
                  additional,
                  rcode,
                  extendedError,
                  fallthrough)));
    } catch (IllegalArgumentException e) {
      problems.add(directive.place(), "a template has " + e.getMessage());
    }
  }

  private int rcode(Directive option) {
    if (!words.count(option, 1, 1)) {
      return Rcode.NOERROR;
    }
    int rcode = Rcodes.parse(option.args().getFirst());
    if (rcode < 0) {
      problems.value(option.place(), option.args().getFirst(), "a response code like NXDOMAIN");
      return Rcode.NOERROR;
    }
    return rcode;
  }

  private void log(Directive directive) {
    List<String> names = new ArrayList<>(directive.args());
    String format = QueryLog.COMMON;
    if (!names.isEmpty() && names.getLast().indexOf('{') >= 0) {
      format = names.removeLast();
    }
    EnumSet<QueryLog.Answers> answers = EnumSet.noneOf(QueryLog.Answers.class);
    for (Directive option : directive.children()) {
      words.noChildren(option);
      if (!option.name().equals("class")) {
        words.unknown(option, "class");
        continue;
      }
      words.count(option, 1, Integer.MAX_VALUE);
      for (String word : option.args()) {
        switch (word.toLowerCase(Locale.ROOT)) {
          case "all" -> answers.addAll(EnumSet.allOf(QueryLog.Answers.class));
          case "success" -> answers.add(QueryLog.Answers.SUCCESS);
          case "denial" -> answers.add(QueryLog.Answers.DENIAL);
          case "error" -> answers.add(QueryLog.Answers.ERROR);
          default -> problems.value(option.place(), word, "all, success, denial or error");
        }
      }
    }
    if (answers.isEmpty()) {
      answers.addAll(EnumSet.allOf(QueryLog.Answers.class));
    }
    logs.add(new QueryLog(zones(directive, names), format, answers));
  }
}
