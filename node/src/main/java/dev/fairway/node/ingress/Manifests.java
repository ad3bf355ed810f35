// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** The Ingresses in files. A file or an object that cannot be read does not stop the others. */
public final class Manifests {
  private static final int MAX_DEPTH = 16;
  private static final long MAX_FILE = 64L << 20;

  private final List<Ingress> ingresses = new ArrayList<>();
  private final Map<ObjectKey, String> places = new HashMap<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * Reads a file, or all YAML and JSON files of a folder and its folders.
   *
   * @throws IOException where there is no such file or folder
   */
  public void add(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      addFile(path);
      return;
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(path, MAX_DEPTH)) {
      files = walk.filter(Manifests::isManifest).sorted().toList();
    }
    for (Path file : files) {
      addFile(file);
    }
  }

  private static boolean isManifest(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return Files.isRegularFile(file)
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  private void addFile(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE) {
      problems.add(file + ": larger than 64 MiB");
      return;
    }
    try {
      add(file.toString(), Files.readString(file));
    } catch (CharacterCodingException notText) {
      problems.add(file + ": not UTF-8");
    }
  }

  /** Reads a text; objects of other kinds are ignored. */
  public void add(String place, String text) {
    List<ObjectNode> documents;
    try {
      documents = KubeCodec.yamlDocuments(text);
    } catch (CodecException notYaml) {
      problems.add(place + ": " + notYaml.getMessage());
      return;
    }
    for (ObjectNode document : documents) {
      String kind = document.path("kind").asString("");
      String version = document.path("apiVersion").asString("");
      if (!kind.equals("Ingress")) {
        continue;
      }
      if (!version.equals("networking.k8s.io/v1")) {
        problems.add(
            place + ": Ingress of " + version + ", which Kubernetes 1.22 and later do not have");
        continue;
      }
      decode(place, document);
    }
  }

  private void decode(String place, ObjectNode document) {
    ObjectNode metadata = document.withObjectProperty("metadata");
    if (metadata.path("namespace").asString("").isEmpty()) {
      metadata.put("namespace", "default");
    }
    try {
      Ingress ingress = KubeCodec.decode(Resource.INGRESSES, document);
      if (places.putIfAbsent(ingress.key(), place) != null) {
        problems.add(
            place + ": Ingress " + ingress.key() + " is in " + places.get(ingress.key()) + ", too");
        return;
      }
      ingresses.add(ingress);
    } catch (CodecException malformed) {
      problems.add(place + ": " + malformed.getMessage());
    }
  }

  /** What was found, in the order of the files. */
  public List<Ingress> ingresses() {
    return ingresses;
  }

  /** Where an Ingress is written, "" where that is not known. */
  public String place(ObjectKey ingress) {
    return places.getOrDefault(ingress, "");
  }

  /** What could not be read, in words. */
  public List<String> problems() {
    return problems;
  }
}
