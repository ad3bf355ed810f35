// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.runtime;

import dev.fairway.kube.api.ConfigMap;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.Pod.Volume;
import dev.fairway.kube.api.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the volumes of a pod below its own folder. Processes share the machine's file system, so
 * nothing appears at a mount path; the pod's Event says where the files are.
 */
final class PodVolumes {
  private PodVolumes() {}

  /**
   * Writes every ConfigMap, Secret and emptyDir volume.
   *
   * @throws ContainerConfigException where a source that is not optional is missing
   */
  static void write(Pod pod, Path folder, ObjectLookup objects)
      throws ContainerConfigException, IOException, InterruptedException {
    String namespace = pod.metadata().namespace();
    for (Volume volume : pod.spec().volumes()) {
      Path target = folder.resolve(volume.name());
      if (volume.configMap() != null) {
        ConfigMap map = objects.configMap(namespace, volume.configMap().name());
        require(map, volume.configMap().optional(), "configmap", volume.configMap().name());
        Files.createDirectories(target);
        if (map != null) {
          write(target, map);
        }
      } else if (volume.secret() != null) {
        Secret secret = objects.secret(namespace, volume.secret().secretName());
        require(secret, volume.secret().optional(), "secret", volume.secret().secretName());
        Files.createDirectories(target);
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
        if (secret != null) {
          write(target, secret);
        }
      } else if (volume.emptyDir() != null) {
        Files.createDirectories(target);
      }
    }
  }

  private static void require(
      @Nullable Object found, @Nullable Boolean optional, String resource, String name)
      throws ContainerConfigException {
    if (found == null && !Boolean.TRUE.equals(optional)) {
      throw new ContainerConfigException(
          "ContainerCreating",
          "MountVolume.SetUp failed: " + resource + " \"" + name + "\" not found");
    }
  }

  private static void write(Path target, ConfigMap map) throws IOException {
    for (Map.Entry<String, String> entry : map.data().entrySet()) {
      Files.write(child(target, entry.getKey()), entry.getValue().getBytes(StandardCharsets.UTF_8));
    }
    for (Map.Entry<String, String> entry : map.binaryData().entrySet()) {
      Files.write(child(target, entry.getKey()), Base64.getDecoder().decode(entry.getValue()));
    }
  }

  private static void write(Path target, Secret secret) throws IOException {
    for (String key : secret.data().keySet()) {
      byte[] value = secret.decoded(key);
      if (value != null) {
        Files.write(child(target, key), value);
      }
    }
  }

  /** Keys are file names by the API's rules; this holds even where an object broke them. */
  private static Path child(Path target, String key) throws IOException {
    Path file = target.resolve(key).normalize();
    if (!target.equals(file.getParent())) {
      throw new IOException("key " + key + " is not a file name");
    }
    return file;
  }
}
