// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** The ports that a container declares. */
final class ContainerPorts {
  private ContainerPorts() {}

  static void validate(Problems problems, String path, ObjectNode container) {
    Set<String> names = new HashSet<>();
    int i = 0;
    for (ObjectNode port : Tree.objects(container, "ports")) {
      String at = path + "[" + i++ + "]";
      String name = Tree.text(port, "name");
      if (!name.isEmpty()) {
        Syntax.portName(problems, at + ".name", name);
        if (!names.add(name)) {
          problems.duplicate(at + ".name", port.path("name"));
        }
      }
      long number = Tree.number(port, "containerPort", 0);
      if (number == 0) {
        problems.required(at + ".containerPort", "");
      } else {
        Syntax.portNumber(problems, at + ".containerPort", number);
      }
      long hostPort = Tree.number(port, "hostPort", 0);
      if (hostPort != 0) {
        Syntax.portNumber(problems, at + ".hostPort", hostPort);
      }
      String protocol = Tree.text(port, "protocol");
      if (protocol.isEmpty()) {
        problems.required(at + ".protocol", "");
      } else {
        problems.oneOf(at + ".protocol", protocol, List.of("SCTP", "TCP", "UDP"));
      }
    }
  }
}
