// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.registry.Admission;
import dev.fairway.apiserver.registry.AdmissionRequest;
import dev.fairway.apiserver.registry.ObjectReader;
import dev.fairway.apiserver.registry.ResourceDescriptor;
import dev.fairway.apiserver.registry.StatusException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives Services their cluster IPs, node ports and health check node ports. Thread-safe. What a
 * write takes is taken at once, so two writes never get the same, and given back if the write is
 * not stored; what a stored write no longer has is freed then. The state lives in memory and is
 * rebuilt from the stored Services at start.
 */
final class ServiceAllocation implements Admission {
  private static final System.Logger LOG = System.getLogger(ServiceAllocation.class.getName());
  private static final JsonNode NOTHING = JsonNodeFactory.instance.objectNode();

  private final ReentrantLock lock = new ReentrantLock();
  private final List<IpPool> ipPools = new ArrayList<>();
  private final PortPool ports;
  private final ServiceFamilies families;

  /**
   * @param serviceCidrs one block, or two of different families; the first is the default family
   * @throws IllegalArgumentException if they are not
   */
  ServiceAllocation(
      List<String> serviceCidrs, int nodePortFrom, int nodePortTo, RandomGenerator random) {
    for (String cidr : serviceCidrs) {
      IpRange range = IpRange.parse(cidr);
      if (range == null) {
        throw new IllegalArgumentException("service CIDR " + cidr + ", expected address/prefix");
      }
      ipPools.add(new IpPool(range, random));
    }
    boolean twice = ipPools.size() == 2 && ipPools.get(0).v6() == ipPools.get(1).v6();
    if (ipPools.isEmpty() || ipPools.size() > 2 || twice) {
      throw new IllegalArgumentException(
          "service CIDRs " + serviceCidrs + ", expected one of each IP family at most");
    }
    this.ports = new PortPool(nodePortFrom, nodePortTo, random);
    this.families =
        new ServiceFamilies(ipPools.stream().map(p -> p.v6() ? "IPv6" : "IPv4").toList());
  }

  /** What a Service has. */
  private record Holdings(Set<Ip> ips, Set<Integer> ports) {
    static Holdings of(JsonNode spec) {
      Set<Ip> ips = new HashSet<>();
      if (ServiceType.needsClusterIp(spec)) {
        for (String text : Tree.texts(spec, "clusterIPs")) {
          Ip ip = Ip.parse(text);
          if (ip != null) {
            ips.add(ip);
          }
        }
      }
      Set<Integer> ports = new HashSet<>();
      for (ObjectNode port : Tree.objects(spec, "ports")) {
        ports.add((int) Tree.number(port, "nodePort", 0));
      }
      ports.add((int) Tree.number(spec, "healthCheckNodePort", 0));
      ports.remove(0);
      return new Holdings(ips, ports);
    }
  }

  @Override
  public boolean handles(ResourceDescriptor resource) {
    return resource.group().isEmpty() && resource.plural().equals("services");
  }

  @Override
  public void start(ObjectReader objects) {
    lock.lock();
    try {
      for (ObjectNode service : objects.list("", "services", "")) {
        Holdings held = Holdings.of(service.path("spec"));
        for (Ip ip : held.ips()) {
          IpPool pool = pool(ip);
          if (pool != null && !pool.take(ip)) {
            LOG.log(
                System.Logger.Level.WARNING,
                "Two services have the same cluster IP: delete one. ip="
                    + ip
                    + " service="
                    + Tree.name(service));
          }
        }
        for (int port : held.ports()) {
          if (ports.contains(port) && !ports.take(port)) {
            LOG.log(
                System.Logger.Level.WARNING,
                "Two services have the same node port: delete one. port="
                    + port
                    + " service="
                    + Tree.name(service));
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void admit(AdmissionRequest request) throws StatusException {
    if (request.subresource() != null) {
      return;
    }
    JsonNode spec = request.object().path("spec");
    if (request.operation() == AdmissionRequest.Operation.DELETE) {
      Holdings held = Holdings.of(spec);
      request.onOutcome(stored -> {
        if (stored) {
          release(held);
        }
      });
      return;
    }
    Problems unfit = new Problems();
    ServiceIpValidation.fields(unfit, spec);
    if (!(spec instanceof ObjectNode object) || !unfit.isEmpty()) {
      // Nothing can be allocated for what validation is going to refuse.
      return;
    }
    ObjectNode old = request.old();
    JsonNode before = old == null ? NOTHING : old.path("spec");
    Holdings had = Holdings.of(before);
    Run run = new Run(object, before, had);
    lock.lock();
    try {
      run.allocate();
    } finally {
      if (!run.problems.isEmpty() || run.failure != null) {
        release(run.taken);
      }
      lock.unlock();
    }
    if (run.failure != null) {
      throw StatusException.internal(run.failure);
    }
    if (!run.problems.isEmpty()) {
      throw StatusException.invalid(request.resource(), request.name(), run.problems.list());
    }
    Holdings has = Holdings.of(spec);
    request.onOutcome(stored -> release(stored ? minus(had, has) : run.taken));
  }

  private static Holdings minus(Holdings all, Holdings kept) {
    Set<Ip> ips = new HashSet<>(all.ips());
    ips.removeAll(kept.ips());
    Set<Integer> ports = new HashSet<>(all.ports());
    ports.removeAll(kept.ports());
    return new Holdings(ips, ports);
  }

  private void release(Holdings held) {
    lock.lock();
    try {
      for (Ip ip : held.ips()) {
        IpPool pool = pool(ip);
        if (pool != null) {
          pool.release(ip);
        }
      }
      held.ports().forEach(ports::release);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable IpPool pool(Ip ip) {
    for (IpPool pool : ipPools) {
      if (pool.range().contains(ip)) {
        return pool;
      }
    }
    return null;
  }

  /** How many addresses and ports are taken. */
  int takenCount() {
    lock.lock();
    try {
      return ports.takenCount() + ipPools.stream().mapToInt(IpPool::takenCount).sum();
    } finally {
      lock.unlock();
    }
  }

  /** Allocation for one write, under the lock. */
  private final class Run {
    final Problems problems = new Problems();
    final Holdings taken = new Holdings(new HashSet<>(), new HashSet<>());
    private final ObjectNode spec;
    private final JsonNode before;
    private final Holdings had;

    /** What failed if it is not the object's fault. */
    @Nullable String failure;

    Run(ObjectNode spec, JsonNode before, Holdings had) {
      this.spec = spec;
      this.before = before;
      this.had = had;
    }

    void allocate() {
      families.init(spec, before, problems);
      if (!problems.isEmpty()) {
        return;
      }
      if (ServiceType.needsClusterIp(spec) && !ServiceType.isHeadless(spec)) {
        clusterIps();
      }
      if (ServiceType.usesNodePorts(spec)) {
        nodePorts();
      }
      if (ServiceType.needsHealthCheckNodePort(spec)) {
        healthCheckPort();
      }
    }

    private void clusterIps() {
      List<String> wanted = Tree.texts(spec, "clusterIPs");
      List<String> familyList = Tree.texts(spec, "ipFamilies");
      List<String> result = new ArrayList<>(wanted);
      if (!wanted.isEmpty() && !wanted.getFirst().equals(Tree.text(spec, "clusterIP"))) {
        return;
      }
      for (int i = 0; i < Math.max(wanted.size(), familyList.size()) && i < 2; i++) {
        if (i < wanted.size()) {
          Ip ip = Ip.parse(wanted.get(i));
          if (ip != null && !had.ips().contains(ip)) {
            take(ip);
          }
        } else {
          Ip ip = any(familyList.get(i));
          if (ip != null) {
            result.add(ip.toString());
          }
        }
      }
      if (!result.isEmpty()) {
        spec.put("clusterIP", result.getFirst());
        spec.set("clusterIPs", Tree.array(result));
      }
    }

    private void take(Ip ip) {
      IpPool pool = pool(ip);
      String problem = null;
      if (pool == null || !pool.contains(ip)) {
        problem = "the provided network does not match the current range";
      } else if (!pool.take(ip)) {
        problem = "provided IP is already allocated";
      } else {
        taken.ips().add(ip);
      }
      if (problem != null) {
        problems.invalid(
            "spec.clusterIPs",
            spec.path("clusterIPs"),
            "failed to allocate IP " + ip + ": " + problem);
      }
    }

    private @Nullable Ip any(String family) {
      for (IpPool pool : ipPools) {
        if (pool.v6() == family.equals("IPv6")) {
          Ip ip = pool.takeAny();
          if (ip == null) {
            failure = "failed to allocate a serviceIP: range is full";
          } else {
            taken.ips().add(ip);
          }
          return ip;
        }
      }
      return null;
    }

    /** Ports of one number, such as 53 for TCP and UDP, share a node port; no other ports do. */
    private void nodePorts() {
      List<ObjectNode> list = Tree.objects(spec, "ports");
      Map<Long, Integer> byPort = new HashMap<>();
      for (int i = 0; i < list.size(); i++) {
        int nodePort = (int) Tree.number(list.get(i), "nodePort", 0);
        Integer other = nodePort == 0 ? null : byPort.putIfAbsent(number(list.get(i)), nodePort);
        if (nodePort != 0 && (other == null || other != nodePort)) {
          takePort("spec.ports[" + i + "].nodePort", nodePort);
        }
      }
      if (!ServiceType.wantsNodePorts(spec) || !problems.isEmpty()) {
        return;
      }
      for (ObjectNode port : list) {
        if (Tree.number(port, "nodePort", 0) == 0) {
          int nodePort = byPort.computeIfAbsent(number(port), _ -> anyPort());
          if (nodePort != 0) {
            port.put("nodePort", nodePort);
          }
        }
      }
    }

    private static long number(ObjectNode port) {
      return Tree.number(port, "port", 0);
    }

    private void healthCheckPort() {
      int port = (int) Tree.number(spec, "healthCheckNodePort", 0);
      if (port == 0) {
        int any = anyPort();
        if (any != 0) {
          spec.put("healthCheckNodePort", any);
        }
      } else {
        String problem = takePort(port);
        if (problem != null) {
          failure = "failed to allocate requested HealthCheck NodePort " + port + ": " + problem;
        }
      }
    }

    private void takePort(String path, int port) {
      String problem = takePort(port);
      if (problem != null) {
        problems.invalid(path, port, problem);
      }
    }

    /** Null if the port is this Service's now or was before. */
    private @Nullable String takePort(int port) {
      if (had.ports().contains(port)) {
        return null;
      }
      if (!ports.contains(port)) {
        return "provided port is not in the valid range. The range of valid ports is " + ports;
      }
      if (!ports.take(port)) {
        return "provided port is already allocated";
      }
      taken.ports().add(port);
      return null;
    }

    private int anyPort() {
      int port = ports.takeAny();
      if (port == 0) {
        failure = "failed to allocate a nodePort: range is full";
      } else {
        taken.ports().add(port);
      }
      return port;
    }
  }
}
