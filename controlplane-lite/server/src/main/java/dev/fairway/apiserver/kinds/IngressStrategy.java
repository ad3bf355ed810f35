// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Ingress: hosts, paths and backends. */
final class IngressStrategy extends SpecStrategy {
  private static final List<String> PATH_TYPES =
      List.of("Exact", "ImplementationSpecific", "Prefix");
  private static final List<String> BAD_SEQUENCES = List.of("//", "/./", "/../", "%2f", "%2F");
  private static final List<String> BAD_ENDS = List.of("/..", "/.");
  private static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";

  IngressStrategy() {
    super(Printers.INGRESSES, true, true);
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    for (ObjectNode rule : Tree.objects(Tree.ensure(o, "spec"), "rules")) {
      Tree.dropEmpty(rule, "host");
      for (ObjectNode path : Tree.objects(rule.path("http"), "paths")) {
        Tree.dropEmpty(path, "path");
      }
    }
    Tree.ensure(Tree.ensure(o, "status"), "loadBalancer");
  }

  @Override
  public void prepareForCreate(ObjectNode o) {
    super.prepareForCreate(o);
    Tree.ensure(Tree.ensure(o, "status"), "loadBalancer");
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    if ("status".equals(subresource)) {
      LoadBalancerStatus.validate(
          problems, "status.loadBalancer", next.path("status").path("loadBalancer"), true);
      return problems.list();
    }
    JsonNode spec = next.path("spec");
    if (old == null) {
      classAnnotation(problems, next);
    }
    if (spec.path("rules").isEmpty() && !spec.has("defaultBackend")) {
      problems.invalid(
          "spec", spec.get("rules"), "either `defaultBackend` or `rules` must be specified");
    }
    if (spec.get("defaultBackend") instanceof ObjectNode backend) {
      backend(problems, "spec.defaultBackend", backend);
    }
    rules(problems, spec);
    tls(problems, spec);
    if (spec.has("ingressClassName")) {
      String name = Tree.text(spec, "ingressClassName");
      problems.syntax("spec.ingressClassName", name, Syntax.subdomain(name));
    }
    return problems.list();
  }

  private static void classAnnotation(Problems problems, ObjectNode ingress) {
    JsonNode annotations = ingress.path("metadata").path("annotations");
    JsonNode spec = ingress.path("spec");
    if (annotations.has(CLASS_ANNOTATION) && spec.has("ingressClassName")) {
      String annotation = Tree.text(annotations, CLASS_ANNOTATION);
      String name = Tree.text(spec, "ingressClassName");
      if (!annotation.equals(name)) {
        problems.invalid(
            "annotations." + CLASS_ANNOTATION,
            annotation,
            "must match `ingressClassName` when both are specified");
      }
    }
  }

  private static void tls(Problems problems, JsonNode spec) {
    int i = 0;
    for (ObjectNode tls : Tree.objects(spec, "tls")) {
      int h = 0;
      for (String host : Tree.texts(tls, "hosts")) {
        String at = "spec.tls[" + i + "].hosts[" + h++ + "]";
        problems.syntax(
            at, host, host.contains("*") ? Syntax.wildcardSubdomain(host) : Syntax.subdomain(host));
      }
      String secret = Tree.text(tls, "secretName");
      if (!secret.isEmpty()) {
        problems.syntax("spec.tls[" + i + "].secretName", secret, Syntax.subdomain(secret));
      }
      i++;
    }
  }

  private static void rules(Problems problems, JsonNode spec) {
    int i = 0;
    for (ObjectNode rule : Tree.objects(spec, "rules")) {
      String at = "spec.rules[" + i++ + "]";
      String host = Tree.text(rule, "host");
      if (!host.isEmpty()) {
        if (Ip.parse(host) != null) {
          problems.invalid(at + ".host", host, "must be a DNS name, not an IP address");
        }
        problems.syntax(
            at + ".host",
            host,
            host.contains("*") ? Syntax.wildcardSubdomain(host) : Syntax.subdomain(host));
      }
      if (rule.get("http") instanceof ObjectNode http) {
        List<ObjectNode> paths = Tree.objects(http, "paths");
        if (paths.isEmpty()) {
          problems.required(at + ".http.paths", "");
        }
        int p = 0;
        for (ObjectNode path : paths) {
          path(problems, at + ".http.paths[" + p++ + "]", path);
        }
      }
    }
  }

  private static void path(Problems problems, String at, ObjectNode path) {
    String value = Tree.text(path, "path");
    String type = Tree.text(path, "pathType");
    switch (type) {
      case "" -> problems.required(at + ".pathType", "pathType must be specified");
      case "Exact", "Prefix" -> {
        if (!value.startsWith("/")) {
          problems.invalid(at + ".path", value, "must be an absolute path");
        }
        for (String bad : BAD_SEQUENCES) {
          if (value.contains(bad)) {
            problems.invalid(at + ".path", value, "must not contain '" + bad + "'");
          }
        }
        for (String bad : BAD_ENDS) {
          if (value.endsWith(bad)) {
            problems.invalid(at + ".path", value, "cannot end with '" + bad + "'");
          }
        }
      }
      case "ImplementationSpecific" -> {
        if (!value.isEmpty() && !value.startsWith("/")) {
          problems.invalid(at + ".path", value, "must be an absolute path");
        }
      }
      default -> problems.oneOf(at + ".pathType", type, PATH_TYPES);
    }
    backend(problems, at + ".backend", Tree.object(path, "backend"));
  }

  private static void backend(Problems problems, String at, ObjectNode backend) {
    boolean resource = backend.path("resource").isObject();
    boolean service = backend.path("service").isObject();
    if (resource && service) {
      problems.invalid(at, "", "cannot set both resource and service backends");
    } else if (resource) {
      resource(problems, at + ".resource", backend.path("resource"));
    } else if (service) {
      service(problems, at, backend.path("service"));
    } else {
      problems.invalid(at, "", "resource or service backend is required");
    }
  }

  private static void resource(Problems problems, String at, JsonNode resource) {
    String group = Tree.text(resource, "apiGroup");
    if (!group.isEmpty()) {
      problems.syntax(at + ".apiGroup", group, Syntax.subdomain(group));
    }
    for (String field : List.of("kind", "name")) {
      if (!Tree.isSet(resource, field)) {
        problems.required(at + "." + field, "");
      }
    }
  }

  private static void service(Problems problems, String at, JsonNode service) {
    String name = Tree.text(service, "name");
    if (name.isEmpty()) {
      problems.required(at + ".service.name", "");
    } else {
      problems.syntax(at + ".service.name", name, Syntax.label(name));
    }
    JsonNode port = service.path("port");
    String portName = Tree.text(port, "name");
    long number = Tree.number(port, "number", 0);
    if (!portName.isEmpty() && number != 0) {
      problems.invalid(at, "", "cannot set both port name & port number");
    } else if (!portName.isEmpty()) {
      Syntax.portName(problems, at + ".service.port.name", portName);
    } else if (number != 0) {
      Syntax.portNumber(problems, at + ".service.port.number", number);
    } else {
      problems.required(at, "port name or number is required");
    }
  }
}
