// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.TablePrinter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * EndpointSlice: addresses of one type behind common ports. Loopback addresses are allowed: see
 * DECISIONS.md.
 */
final class EndpointSliceStrategy implements KindStrategy {
  private static final int MAX_ENDPOINTS = 1000;
  private static final int MAX_ADDRESSES = 100;
  private static final int MAX_PORTS = 20_000;
  private static final int MAX_HINTS = 8;
  private static final List<String> TYPES = List.of("FQDN", "IPv4", "IPv6");

  @Override
  public TablePrinter table() {
    return Printers.ENDPOINT_SLICES;
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    if (o.path("endpoints").isEmpty()) {
      o.putNull("endpoints");
    }
    if (o.path("ports").isEmpty()) {
      o.putNull("ports");
    }
    for (ObjectNode port : Tree.objects(o, "ports")) {
      if (!port.has("name")) {
        port.put("name", "");
      }
      Tree.defaultText(port, "protocol", "TCP");
    }
    for (ObjectNode endpoint : Tree.objects(o, "endpoints")) {
      Tree.ensure(endpoint, "conditions");
    }
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    Tree.ensure(o, "metadata").put("generation", 1);
  }

  @Override
  public void prepareForUpdate(ObjectNode next, ObjectNode old, @Nullable String subresource) {
    long generation = old.path("metadata").path("generation").asLong(0);
    boolean changed = !content(next).equals(content(old));
    Tree.ensure(next, "metadata").put("generation", changed ? generation + 1 : generation);
  }

  private static List<JsonNode> content(ObjectNode slice) {
    JsonNode metadata = slice.path("metadata");
    return List.of(
        slice.path("endpoints"),
        slice.path("ports"),
        slice.path("addressType"),
        metadata.path("labels"));
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    String type = Tree.text(next, "addressType");
    if (type.isEmpty()) {
      problems.required("addressType", "");
    } else {
      problems.oneOf("addressType", type, TYPES);
    }
    endpoints(problems, next, type);
    ports(problems, next);
    if (old != null) {
      problems.unchanged("addressType", next.path("addressType"), old.path("addressType"));
    }
    return problems.list();
  }

  private static void endpoints(Problems problems, ObjectNode slice, String type) {
    List<ObjectNode> endpoints = Tree.objects(slice, "endpoints");
    if (endpoints.size() > MAX_ENDPOINTS) {
      problems.tooMany("endpoints", endpoints.size(), MAX_ENDPOINTS);
      return;
    }
    for (int i = 0; i < endpoints.size(); i++) {
      endpoint(problems, "endpoints[" + i + "]", endpoints.get(i), type);
    }
  }

  private static void endpoint(Problems problems, String at, ObjectNode endpoint, String type) {
    List<String> addresses = Tree.texts(endpoint, "addresses");
    if (addresses.isEmpty()) {
      problems.required(at + ".addresses", "must contain at least 1 address");
    } else if (addresses.size() > MAX_ADDRESSES) {
      problems.tooMany(at + ".addresses", addresses.size(), MAX_ADDRESSES);
    }
    for (int i = 0; i < Math.min(addresses.size(), MAX_ADDRESSES); i++) {
      address(problems, at + ".addresses[" + i + "]", addresses.get(i), type);
    }
    if (endpoint.has("nodeName")) {
      String node = Tree.text(endpoint, "nodeName");
      problems.syntax(at + ".nodeName", node, Syntax.subdomain(node));
    }
    hints(problems, at + ".hints.forZones", endpoint.path("hints"), "forZones");
    hints(problems, at + ".hints.forNodes", endpoint.path("hints"), "forNodes");
    if (endpoint.has("hostname")) {
      String host = Tree.text(endpoint, "hostname");
      problems.syntax(at + ".hostname", host, Syntax.label(host));
    }
  }

  private static void address(Problems problems, String at, String address, String type) {
    switch (type) {
      case "IPv4", "IPv6" -> {
        Ip ip = Ip.parse(address);
        if (ip == null) {
          problems.invalid(at, address, Ip.problem(address));
          return;
        }
        if (!ip.family().equals(type)) {
          String list = at.substring(0, at.lastIndexOf('['));
          problems.invalid(list, address, "must be an " + type + " address");
          return;
        }
        if (!ip.toString().equals(address)) {
          problems.invalid(at, address, "must be in canonical form (\"" + ip + "\")");
        }
        ServiceValidation.specialIp(problems, at, address, ip);
      }
      case "FQDN" -> {
        problems.syntax(at, address, Syntax.subdomain(address));
        if (Syntax.subdomain(address) == null && !address.contains(".")) {
          problems.invalid(
              at, address, "should be a domain with at least two segments separated by dots");
        }
      }
      default -> {}
    }
  }

  private static void hints(Problems problems, String at, JsonNode hints, String field) {
    List<ObjectNode> list = Tree.objects(hints, field);
    if (list.size() > MAX_HINTS) {
      problems.tooMany(at, list.size(), MAX_HINTS);
      return;
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      String name = Tree.text(list.get(i), "name");
      String here = at + "[" + i + "].name";
      if (!seen.add(name)) {
        problems.duplicate(here, list.get(i).path("name"));
      }
      problems.syntax(
          here, name, field.equals("forZones") ? Syntax.labelValue(name) : Syntax.subdomain(name));
    }
  }

  private static void ports(Problems problems, ObjectNode slice) {
    List<ObjectNode> ports = new ArrayList<>(Tree.objects(slice, "ports"));
    if (ports.size() > MAX_PORTS) {
      problems.tooMany("ports", ports.size(), MAX_PORTS);
      return;
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      ObjectNode port = ports.get(i);
      String at = "ports[" + i + "]";
      String name = Tree.text(port, "name");
      if (!name.isEmpty()) {
        problems.syntax(at + ".name", name, Syntax.label(name));
      }
      if (!names.add(name)) {
        problems.duplicate(at + ".name", port.path("name"));
      }
      String protocol = Tree.text(port, "protocol");
      if (protocol.isEmpty()) {
        problems.required(at + ".protocol", "");
      } else {
        problems.oneOf(at + ".protocol", protocol, List.of("SCTP", "TCP", "UDP"));
      }
      String app = Tree.text(port, "appProtocol");
      if (!app.isEmpty()) {
        problems.syntax(at + ".appProtocol", app, Syntax.qualifiedName(app));
      }
    }
  }
}
