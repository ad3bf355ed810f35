// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.node.dns.Deviation.Asked;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Asks CoreDNS and two of ours the same, and keeps what differs. Confined to one thread. */
final class Comparison implements Deviation.Knowledge, AutoCloseable {
  private static final int[] TYPES = {
    Type.A,
    Type.AAAA,
    Type.SRV,
    Type.TXT,
    Type.PTR,
    Type.NS,
    Type.SOA,
    Type.CNAME,
    Type.MX,
    Type.HTTPS,
    Type.ANY
  };
  private static final String ZONE = ClusterNames.ZONE;
  private static final int OFFERED = 4096;
  private static final int SHOWN = 20;
  private static final int PATIENCE_SECONDS = 60;

  private final String title;
  private final int ttl;
  private final DnsClient theirs;
  private final DnsClient plain;
  private final DnsClient compat;
  private final Map<String, Boolean> existing = new HashMap<>();
  private final Map<String, String> targets = new HashMap<>();
  private final Map<Deviation, Integer> counts = new EnumMap<>(Deviation.class);
  private final Map<String, String> examples = new LinkedHashMap<>();
  private int faults;
  private List<ObjectNode> objects = List.of();
  private Set<String> known = Set.of();
  private int questions;

  Comparison(
      String title,
      int ttl,
      InetSocketAddress theirs,
      InetSocketAddress plain,
      InetSocketAddress compat)
      throws IOException {
    this.title = title;
    this.ttl = ttl;
    this.theirs = new DnsClient(theirs);
    this.plain = new DnsClient(plain);
    this.compat = new DnsClient(compat);
  }

  /** Waits until all three know of the marks of a step. */
  void awaitMark(int step) throws IOException {
    for (DnsClient client : List.of(theirs, plain, compat)) {
      awaitCode(client, "mark-" + step + ".default.svc.cluster.local.");
      awaitCode(client, "mark-" + step + ".svc.cluster.local.");
    }
  }

  private static void awaitCode(DnsClient client, String name) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!isThere(client, name)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("a server does not hear of " + name);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  private static boolean isThere(DnsClient client, String name) throws IOException {
    try {
      return client.udp(DnsClient.question(name, Type.A)).getRcode() == 0;
    } catch (PortUnreachableException _) {
      // CoreDNS is ready a moment before it listens.
      return false;
    }
  }

  /** Asks for every name of a cluster and for their neighbours. */
  void compare(Collection<ObjectNode> all) throws IOException {
    objects = List.copyOf(all);
    existing.clear();
    targets.clear();
    for (ObjectNode object : objects) {
      String target = object.path("spec").path("externalName").asString("");
      if (!target.isEmpty()) {
        targets.put(serviceName(object), target);
      }
    }
    Set<String> names = new LinkedHashSet<>(ClusterNames.of(objects));
    for (String address : addresses(names)) {
      names.add(ClusterNames.reverse(address));
    }
    known = Set.copyOf(names);
    Set<String> asked = new LinkedHashSet<>(names);
    names.forEach(name -> asked.addAll(ClusterNames.neighbours(name)));
    for (String name : asked) {
      compare(name);
    }
  }

  /** What the names of Services answer: ClusterIPs, which the generator does not know. */
  private Set<String> addresses(Set<String> names) throws IOException {
    Set<String> addresses = new LinkedHashSet<>();
    for (String name : names) {
      for (int type : new int[] {Type.A, Type.AAAA}) {
        Message answer = theirs.tcp(List.of(DnsClient.question(name, type))).getFirst();
        for (String record : Reply.of(answer).answer()) {
          String data = Reply.data(record);
          if (IpAddress.tryParse(data) != null) {
            addresses.add(data);
          }
        }
      }
    }
    return addresses;
  }

  private void compare(String name) throws IOException {
    List<Message> plainly = new ArrayList<>();
    List<Message> offering = new ArrayList<>();
    for (int type : TYPES) {
      Message question = DnsClient.question(name, type);
      question.getHeader().setID(plainly.size() + 1);
      plainly.add(question);
      Message edns = DnsClient.question(name, type);
      edns.getHeader().setID(plainly.size() + 100);
      edns.addRecord(new OPTRecord(OFFERED, 0, 0), Section.ADDITIONAL);
      offering.add(edns);
    }
    List<Message> whole = theirs.tcp(plainly);
    List<Message> small = theirs.udp(plainly);
    List<Message> large = theirs.udp(offering);
    for (boolean mode : new boolean[] {false, true}) {
      DnsClient ours = mode ? compat : plain;
      List<Message> ourWhole = ours.tcp(plainly);
      List<Message> ourSmall = ours.udp(plainly);
      List<Message> ourLarge = ours.udp(offering);
      for (int i = 0; i < TYPES.length; i++) {
        Reply reply = Reply.of(ourWhole.get(i));
        judge(mode, asked(name, i, 0, reply), Reply.of(whole.get(i)), reply);
        judge(mode, asked(name, i, 512, reply), Reply.of(small.get(i)), Reply.of(ourSmall.get(i)));
        judge(
            mode,
            asked(name, i, OFFERED, reply),
            Reply.of(large.get(i)),
            Reply.of(ourLarge.get(i)));
      }
    }
  }

  private Asked asked(String name, int type, int offered, Reply whole) {
    @Nullable String target = targets.get(name.toLowerCase(Locale.ROOT));
    boolean literal = target != null && IpAddress.tryParse(target) != null;
    return new Asked(
        name,
        Type.string(TYPES[type]),
        ttl,
        offered,
        literal || target == null ? null : target.endsWith(".") ? target : target + ".",
        literal ? target : null,
        whole,
        this);
  }

  /** Whether CoreDNS knows a name below this one. */
  @Override
  public boolean isAbove(String name) {
    String end = "." + name.toLowerCase(Locale.ROOT);
    return known.stream().anyMatch(below -> below.endsWith(end) && exists(below));
  }

  /** Whether CoreDNS knows this name; of an address, whether its PTR leads to one that it knows. */
  @Override
  public boolean exists(String any) {
    String name = any.toLowerCase(Locale.ROOT);
    Boolean known = existing.get(name);
    if (known == null) {
      known = ask(name);
      existing.put(name, known);
    }
    return known;
  }

  private boolean ask(String name) {
    try {
      Reply first = ask(name, name.endsWith(".arpa.") ? Type.PTR : Type.A);
      if (name.endsWith(".arpa.")) {
        return !ask(name, Type.SOA).answer().isEmpty()
            || first.answer().stream().anyMatch(record -> exists(Reply.data(record)));
      }
      return first.rcode().equals("NOERROR") || ask(name, Type.TXT).rcode().equals("NOERROR");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Reply ask(String name, int type) throws IOException {
    return Reply.of(theirs.udp(DnsClient.question(name, type)));
  }

  @Override
  public boolean isBehindClusterIp(String any) {
    String name = any.toLowerCase(Locale.ROOT);
    return objects.stream()
        .filter(object -> RandomCluster.text(object, "kind").equals("Service"))
        .filter(object -> name.endsWith("." + serviceName(object)))
        .anyMatch(object ->
            !object.path("spec").has("externalName")
                && !object.path("spec").path("clusterIP").asString("").equals("None"));
  }

  @Override
  public boolean isOddlyWeighted(String any) {
    String name = "." + any.toLowerCase(Locale.ROOT);
    Set<String> addresses = new HashSet<>();
    for (ObjectNode object : objects) {
      String of = object.at("/metadata/labels").path("kubernetes.io/service-name").asString("");
      if (name.endsWith("." + of + "." + RandomCluster.namespace(object) + ".svc.cluster.local.")) {
        for (JsonNode endpoint : object.path("endpoints")) {
          boolean twice = !addresses.add(endpoint.path("addresses").path(0).asString(""));
          if (twice || object.path("ports").isEmpty()) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static String serviceName(ObjectNode service) {
    return RandomCluster.name(service) + "." + RandomCluster.namespace(service) + ".svc." + ZONE;
  }

  private void judge(boolean mode, Asked asked, Reply theirReply, Reply ourReply) {
    questions++;
    Reply mended = theirReply;
    for (Deviation deviation : Deviation.values()) {
      if (mended.equals(ourReply)) {
        return;
      }
      if (!mode || deviation.isInCompat()) {
        Reply next = deviation.mend(asked, mended, ourReply);
        if (next != null) {
          counts.merge(deviation, 1, Integer::sum);
          mended = next;
        }
      }
    }
    if (mended.equals(ourReply)
        || Deviation.areSameInPart(mended, ourReply, asked.whole().answer())) {
      return;
    }
    faults++;
    String kind =
        (Boolean.getBoolean("fairway.differential.each") ? asked.name() : "")
            + (mode ? "compat " : "")
            + asked.type()
            + shape(theirReply)
            + shape(ourReply);
    examples.putIfAbsent(
        kind,
        "%s %s %s%s%n    CoreDNS %s%n    ours    %s%n    objects %s"
            .formatted(
                asked.name(),
                asked.type(),
                asked.offered() == 0 ? "TCP" : "UDP " + asked.offered(),
                mode ? " (compat)" : "",
                theirReply,
                ourReply,
                concerned(asked.name(), theirReply)));
  }

  /** The objects that a name and a reply are about. */
  private String concerned(String name, Reply reply) {
    String text = name.toLowerCase(Locale.ROOT) + reply;
    StringBuilder found = new StringBuilder();
    for (ObjectNode object : objects) {
      String own = RandomCluster.name(object);
      String service = own.replaceFirst("-\\d+$", "") + "." + RandomCluster.namespace(object);
      if (text.contains(service + ".svc.")) {
        ObjectNode shown = object.deepCopy();
        shown.remove("apiVersion");
        found.append("\n      ").append(shown);
      }
    }
    return found.toString();
  }

  private static String shape(Reply reply) {
    return " "
        + reply.rcode()
        + (reply.hasNoAnswer() ? " none" : " some")
        + (reply.truncated() ? " tc" : "");
  }

  /** How many replies differ in a way that none of the deviations explains. */
  int faults() {
    return faults;
  }

  /** What is to be read first. */
  String report() {
    return title
        + ": "
        + faults
        + " replies differ from CoreDNS's; one of each kind:\n"
        + examples.values().stream().limit(SHOWN).collect(Collectors.joining("\n"));
  }

  /** How much was asked, and how often each deviation was met. */
  String summary() {
    return questions + " replies compared; deviations " + counts;
  }

  @Override
  public void close() throws IOException {
    theirs.close();
    plain.close();
    compat.close();
  }
}
