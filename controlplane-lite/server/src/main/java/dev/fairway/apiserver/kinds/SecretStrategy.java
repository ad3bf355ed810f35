// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.FieldError;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.TablePrinter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Secret: values by key, some types with keys that must be there. stringData is for writing only.
 */
final class SecretStrategy implements KindStrategy {
  private static final String TLS = "kubernetes.io/tls";
  private static final String TOKEN_ANNOTATION = "kubernetes.io/service-account.name";

  @Override
  public TablePrinter table() {
    return Printers.SECRETS;
  }

  @Override
  public void applyDefaults(ObjectNode o) {
    Tree.defaultText(o, "type", "Opaque");
    if (o.remove("stringData") instanceof ObjectNode texts && !texts.isEmpty()) {
      ObjectNode data = Tree.ensure(o, "data");
      for (Map.Entry<String, JsonNode> entry : texts.properties()) {
        byte[] bytes = entry.getValue().asString("").getBytes(StandardCharsets.UTF_8);
        data.put(entry.getKey(), Base64.getEncoder().encodeToString(bytes));
      }
    }
    Tree.dropEmpty(o, "data");
  }

  @Override
  public List<FieldError> validate(
      ObjectNode next, @Nullable ObjectNode old, @Nullable String subresource) {
    Problems problems = new Problems();
    if (old != null) {
      problems.unchanged("type", next.path("type"), old.path("type"));
      if (Tree.flag(old, "immutable")) {
        ConfigMapStrategy.sealed(problems, next, old, List.of("data"));
      }
    }
    JsonNode data = next.path("data");
    long size = 0;
    for (Map.Entry<String, JsonNode> entry : data.properties()) {
      problems.syntax(
          "data[" + entry.getKey() + "]", entry.getKey(), Syntax.configKey(entry.getKey()));
      size += ConfigMapStrategy.decodedLength(entry.getValue().asString(""));
    }
    if (size > ConfigMapStrategy.MAX_BYTES) {
      problems.tooLong("data", ConfigMapStrategy.MAX_BYTES);
    }
    byType(problems, next, data);
    return problems.list();
  }

  private static void byType(Problems problems, ObjectNode secret, JsonNode data) {
    switch (Tree.text(secret, "type")) {
      case TLS -> {
        key(problems, data, "tls.crt");
        key(problems, data, "tls.key");
      }
      case "kubernetes.io/ssh-auth" -> key(problems, data, "ssh-privatekey");
      case "kubernetes.io/basic-auth" -> {
        if (!data.has("username") && !data.has("password")) {
          problems.required("data[username]", "");
          problems.required("data[password]", "");
        }
      }
      case "kubernetes.io/dockercfg" -> json(problems, data, ".dockercfg");
      case "kubernetes.io/dockerconfigjson" -> json(problems, data, ".dockerconfigjson");
      case "kubernetes.io/service-account-token" -> {
        String account = Tree.text(secret.path("metadata").path("annotations"), TOKEN_ANNOTATION);
        if (account.isEmpty()) {
          problems.required("metadata.annotations[" + TOKEN_ANNOTATION + "]", "");
        }
      }
      default -> {}
    }
  }

  private static void key(Problems problems, JsonNode data, String key) {
    if (!data.has(key)) {
      problems.required("data[" + key + "]", "");
    }
  }

  private static void json(Problems problems, JsonNode data, String key) {
    key(problems, data, key);
    if (data.has(key)) {
      String text;
      try {
        text =
            new String(
                Base64.getMimeDecoder().decode(data.path(key).asString("")),
                StandardCharsets.UTF_8);
      } catch (IllegalArgumentException _) {
        text = "";
      }
      String start = text.strip();
      String reason =
          start.isEmpty()
              ? "unexpected end of JSON input"
              : "invalid character '" + start.charAt(0) + "' looking for beginning of value";
      if (!start.startsWith("{")) {
        problems.invalid("data[" + key + "]", "<secret contents redacted>", reason);
      }
    }
  }

  @Override
  public Map<String, String> selectableFields(ObjectNode o) {
    return Map.of("type", Tree.text(o, "type"));
  }
}
