// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.ingress;

import dev.fairway.ingress.translate.gateway.GatewayObjects;
import dev.fairway.kube.api.Ingress;
import dev.fairway.kube.api.KubeObject;
import dev.fairway.kube.api.ObjectKey;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.api.gateway.GatewayResources;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is in files of Ingresses and objects of the Gateway API, and of kinds that these refer to. A
 * file or an object that cannot be read does not stop the others.
 */
public final class Manifests implements GatewayObjects.Source {
  private static final int MAX_DEPTH = 16;
  private static final long MAX_FILE = 64L << 20;

  private static final List<Resource<? extends KubeObject>> KINDS = kinds();

  /** An object, by its kind and name. */
  private record Named(String kind, ObjectKey key) {}

  private final Map<Named, KubeObject> objects = new LinkedHashMap<>();
  private final Map<Named, String> places = new HashMap<>();
  private final List<String> problems = new ArrayList<>();

  private static List<Resource<? extends KubeObject>> kinds() {
    List<Resource<? extends KubeObject>> kinds = new ArrayList<>(GatewayResources.ALL);
    kinds.add(Resource.INGRESSES);
    kinds.add(Resource.NAMESPACES);
    kinds.add(Resource.SERVICES);
    kinds.add(Resource.SECRETS);
    kinds.add(Resource.CONFIG_MAPS);
    return kinds;
  }

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
      if (kind.equals("Ingress") && !version.equals(Resource.INGRESSES.apiVersion())) {
        problems.add(
            place + ": Ingress of " + version + ", which Kubernetes 1.22 and later do not have");
        continue;
      }
      for (Resource<? extends KubeObject> known : KINDS) {
        if (known.kind().equals(kind) && isGroup(version, known)) {
          document.put("apiVersion", known.apiVersion());
          decode(place, document, known);
        }
      }
    }
  }

  /** Earlier versions of the Gateway API's kinds have the same fields. */
  private static boolean isGroup(String version, Resource<?> known) {
    return known.group().equals(GatewayResources.GROUP)
        ? version.startsWith(GatewayResources.GROUP + "/")
        : version.equals(known.apiVersion());
  }

  private void decode(String place, ObjectNode document, Resource<? extends KubeObject> resource) {
    ObjectNode metadata = document.withObjectProperty("metadata");
    if (resource.namespaced() && metadata.path("namespace").asString("").isEmpty()) {
      metadata.put("namespace", "default");
    }
    try {
      KubeObject object = KubeCodec.decode(resource, document);
      Named named = new Named(resource.kind(), object.key());
      String other = places.putIfAbsent(named, place);
      if (other != null) {
        problems.add(
            place + ": " + resource.kind() + " " + object.key() + " is in " + other + ", too");
        return;
      }
      objects.put(named, object);
    } catch (CodecException malformed) {
      problems.add(place + ": " + malformed.getMessage());
    }
  }

  /** The Ingresses, in the order of the files. */
  public List<Ingress> ingresses() {
    return list(Resource.INGRESSES);
  }

  /** The objects of a kind, in the order of the files. */
  @Override
  public <T extends KubeObject> List<T> list(Resource<T> resource) {
    List<T> found = new ArrayList<>();
    objects.forEach((named, object) -> {
      if (named.kind.equals(resource.kind())) {
        found.add(resource.type().cast(object));
      }
    });
    return found;
  }

  /** How many objects of the Gateway API there are. */
  public int gatewayObjects() {
    int count = 0;
    for (Resource<? extends KubeObject> kind : GatewayResources.ALL) {
      count += list(kind).size();
    }
    return count;
  }

  /** Where an object is written, "" where that is not known. */
  public String place(String kind, ObjectKey key) {
    return places.getOrDefault(new Named(kind, key), "");
  }

  /** What could not be read, in words. */
  public List<String> problems() {
    return problems;
  }
}
