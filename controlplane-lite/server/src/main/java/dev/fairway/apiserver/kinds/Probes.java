// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Liveness, readiness and startup probes of a container. */
final class Probes {
  private static final List<String> HANDLERS =
      List.of("exec", "httpGet", "tcpSocket", "grpc", "sleep");

  private Probes() {}

  static void validate(Problems problems, String path, ObjectNode container, boolean forbidden) {
    for (String name : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      if (container.get(name) instanceof ObjectNode probe) {
        if (forbidden) {
          problems.forbidden(
              path + "." + name, "may not be set for init containers without restartPolicy=Always");
        } else {
          probe(problems, path + "." + name, probe, !name.equals("readinessProbe"));
        }
      }
    }
  }

  /** Checks the hooks that run after the start and before the end. */
  static void hooks(Problems problems, String path, JsonNode lifecycle) {
    for (String hook : List.of("postStart", "preStop")) {
      if (lifecycle.get(hook) instanceof ObjectNode action) {
        handlers(problems, path + "." + hook, action);
      }
    }
  }

  private static void probe(Problems problems, String path, ObjectNode probe, boolean oneSuccess) {
    handlers(problems, path, probe);
    for (String field :
        List.of(
            "initialDelaySeconds",
            "timeoutSeconds",
            "periodSeconds",
            "successThreshold",
            "failureThreshold")) {
      problems.nonNegative(path, probe, field);
    }
    long grace = Tree.number(probe, "terminationGracePeriodSeconds", 1);
    if (grace <= 0) {
      problems.invalid(path + ".terminationGracePeriodSeconds", grace, "must be greater than 0");
    }
    long successes = Tree.number(probe, "successThreshold", 1);
    if (oneSuccess && successes != 1) {
      problems.invalid(path + ".successThreshold", successes, "must be 1");
    }
  }

  private static void handlers(Problems problems, String path, ObjectNode probe) {
    int handlers = 0;
    for (String handler : HANDLERS) {
      if (probe.get(handler) instanceof ObjectNode object) {
        if (handlers > 0) {
          problems.forbidden(path + "." + handler, "may not specify more than 1 handler type");
        } else {
          handler(problems, path + "." + handler, handler, object);
        }
        handlers++;
      }
    }
    if (handlers == 0) {
      problems.required(path, "must specify a handler type");
    }
  }

  private static void handler(Problems problems, String path, String kind, ObjectNode handler) {
    switch (kind) {
      case "exec" -> {
        if (handler.path("command").isEmpty()) {
          problems.required(path + ".command", "");
        }
      }
      case "httpGet" -> {
        if (!Tree.isSet(handler, "path")) {
          problems.required(path + ".path", "");
        }
        port(problems, path, handler.path("port"));
        problems.oneOf(path + ".scheme", Tree.text(handler, "scheme"), List.of("HTTP", "HTTPS"));
      }
      case "tcpSocket" -> port(problems, path, handler.path("port"));
      case "grpc" -> Syntax.portNumber(problems, path + ".port", Tree.number(handler, "port", 0));
      default -> problems.nonNegative(path, handler, "seconds");
    }
  }

  private static void port(Problems problems, String path, JsonNode port) {
    if (port.isString()) {
      Syntax.portName(problems, path + ".port", port.stringValue());
    } else {
      Syntax.portNumber(problems, path + ".port", port.asLong(0));
    }
  }
}
