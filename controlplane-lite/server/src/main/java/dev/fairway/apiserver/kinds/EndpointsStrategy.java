// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.TablePrinter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints: addresses of a Service in the form from before EndpointSlices. */
final class EndpointsStrategy implements KindStrategy {
  @Override
  public TablePrinter table() {
    return Printers.ENDPOINTS;
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    for (ObjectNode subset : Tree.objects(o, "subsets")) {
      for (ObjectNode port : Tree.objects(subset, "ports")) {
        Tree.defaultText(port, "protocol", "TCP");
      }
    }
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    List<ObjectNode> subsets = Tree.objects(next, "subsets");
    for (int i = 0; i < subsets.size(); i++) {
      subset(problems, "subsets[" + i + "]", subsets.get(i));
    }
    return problems.list();
  }

  private static void subset(Problems problems, String at, ObjectNode subset) {
    if (subset.path("addresses").isEmpty() && subset.path("notReadyAddresses").isEmpty()) {
      problems.required(at, "must specify `addresses` or `notReadyAddresses`");
    }
    for (String field : List.of("addresses", "notReadyAddresses")) {
      List<ObjectNode> addresses = Tree.objects(subset, field);
      for (int i = 0; i < addresses.size(); i++) {
        address(problems, at + "." + field + "[" + i + "]", addresses.get(i));
      }
    }
    List<ObjectNode> ports = Tree.objects(subset, "ports");
    for (int i = 0; i < ports.size(); i++) {
      port(problems, at + ".ports[" + i + "]", ports.get(i), ports.size() > 1);
    }
  }

  private static void address(Problems problems, String at, ObjectNode address) {
    String text = Tree.text(address, "ip");
    Ip ip = Ip.parse(text);
    if (ip == null) {
      problems.invalid(at + ".ip", text, Ip.problem(text));
    } else {
      ServiceValidation.specialIp(problems, at + ".ip", text, ip);
    }
    String host = Tree.text(address, "hostname");
    if (!host.isEmpty()) {
      problems.syntax(at + ".hostname", host, Syntax.label(host));
    }
    if (address.has("nodeName")) {
      String node = Tree.text(address, "nodeName");
      problems.syntax(at + ".nodeName", node, Syntax.subdomain(node));
    }
  }

  private static void port(Problems problems, String at, ObjectNode port, boolean named) {
    String name = Tree.text(port, "name");
    if (named && name.isEmpty()) {
      problems.required(at + ".name", "");
    } else if (!name.isEmpty()) {
      problems.syntax(at + ".name", name, Syntax.label(name));
    }
    Syntax.portNumber(problems, at + ".port", Tree.number(port, "port", 0));
    problems.oneOf(at + ".protocol", Tree.text(port, "protocol"), List.of("SCTP", "TCP", "UDP"));
    String app = Tree.text(port, "appProtocol");
    if (!app.isEmpty()) {
      problems.syntax(at + ".appProtocol", app, Syntax.qualifiedName(app));
    }
  }
}
