// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What Kubernetes demands of metadata of every kind. */
final class MetadataRules {
  private static final int MAX_ANNOTATION_BYTES = 256 << 10;
  private static final Pattern QUALIFIED =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  private static final Pattern VALUE =
      Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
  private static final String NAME_PART =
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end"
          + " with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex"
          + " used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  private static final String VALUE_PART =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or"
          + " '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or"
          + " 'my_value',  or '12345', regex used for validation is"
          + " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

  private MetadataRules() {}

  static List<FieldError> validate(ResourceDescriptor resource, ObjectNode metadata) {
    List<FieldError> errors = new ArrayList<>();
    name(resource, metadata, errors);
    for (Map.Entry<String, JsonNode> label : metadata.path("labels").properties()) {
      String problem = keyProblem(label.getKey());
      if (problem != null) {
        errors.add(FieldError.invalid("metadata.labels", label.getKey(), problem));
      }
      String value = label.getValue().asString("");
      if (value.length() > 63) {
        errors.add(
            FieldError.invalid("metadata.labels", value, "must be no more than 63 characters"));
      } else if (!VALUE.matcher(value).matches()) {
        errors.add(FieldError.invalid("metadata.labels", value, VALUE_PART));
      }
    }
    annotations(metadata.path("annotations"), errors);
    int i = 0;
    for (JsonNode finalizer : metadata.path("finalizers")) {
      String problem = keyProblem(finalizer.asString(""));
      if (problem != null) {
        errors.add(
            FieldError.invalid("metadata.finalizers[" + i + "]", finalizer.asString(""), problem));
      }
      i++;
    }
    owners(metadata.path("ownerReferences"), errors);
    return errors;
  }

  private static void name(
      ResourceDescriptor resource, ObjectNode metadata, List<FieldError> errors) {
    String name = metadata.path("name").asString("");
    if (name.isEmpty()) {
      errors.add(FieldError.required("metadata.name", "name or generateName is required"));
      return;
    }
    String problem = resource.strategy().nameRule().problem(name);
    if (problem != null) {
      errors.add(FieldError.invalid("metadata.name", name, problem));
    }
  }

  private static void annotations(JsonNode annotations, List<FieldError> errors) {
    long bytes = 0;
    for (Map.Entry<String, JsonNode> annotation : annotations.properties()) {
      String problem = keyProblem(annotation.getKey().toLowerCase(java.util.Locale.ROOT));
      if (problem != null) {
        errors.add(FieldError.invalid("metadata.annotations", annotation.getKey(), problem));
      }
      bytes += annotation.getKey().length() + annotation.getValue().asString("").length();
    }
    if (bytes > MAX_ANNOTATION_BYTES) {
      errors.add(FieldError.tooLong("metadata.annotations", MAX_ANNOTATION_BYTES));
    }
  }

  private static void owners(JsonNode owners, List<FieldError> errors) {
    int i = 0;
    int controllers = 0;
    for (JsonNode owner : owners) {
      String path = "metadata.ownerReferences[" + i++ + "]";
      for (String field : List.of("apiVersion", "kind", "name", "uid")) {
        if (owner.path(field).asString("").isEmpty()) {
          String detail =
              field.equals("apiVersion") ? "version must not be empty" : "must not be empty";
          errors.add(FieldError.invalid(path + "." + field, "", detail));
        }
      }
      if (owner.path("controller").asBoolean(false) && ++controllers == 2) {
        errors.add(
            FieldError.invalid(
                "metadata.ownerReferences",
                owners,
                "Only one reference can have Controller set to true."));
      }
    }
  }

  private static @Nullable String keyProblem(String key) {
    int slash = key.indexOf('/');
    if (slash >= 0) {
      String prefix = key.substring(0, slash);
      if (prefix.isEmpty()) {
        return "prefix part must be non-empty";
      }
      String problem = NameRule.SUBDOMAIN.problem(prefix);
      if (problem != null) {
        return "prefix part " + problem;
      }
    }
    String name = key.substring(slash + 1);
    if (name.isEmpty()) {
      return "name part must be non-empty";
    }
    if (name.length() > 63) {
      return "name part must be no more than 63 characters";
    }
    return QUALIFIED.matcher(name).matches() ? null : NAME_PART;
  }
}
