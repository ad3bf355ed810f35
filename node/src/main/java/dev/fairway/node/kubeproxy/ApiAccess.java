// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.kubeproxy;

import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeConfig;
import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import dev.fairway.service.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a proxy reaches its API server: by kubeconfig, by URL, or as the pod that it is.
 *
 * @param server its URL
 */
public record ApiAccess(ApiTransport transport, URI server) {
  private static final String NAME = "master";

  /**
   * Finds the API server.
   *
   * @param kubeconfig null for none
   * @param master the server's URL, null for the kubeconfig's
   * @param environment of the process, for the pod's service account
   * @throws IOException with one line that says what is missing
   */
  public static ApiAccess connect(
      @Nullable Path kubeconfig, @Nullable URI master, Map<String, String> environment)
      throws IOException {
    if (kubeconfig == null && master == null) {
      return of(KubeConfig.inCluster(KubeConfig.SERVICE_ACCOUNT, environment));
    }
    if (master == null && kubeconfig != null) {
      return of(KubeConfig.load(kubeconfig));
    }
    // The first file that has a name wins, so a file with the cluster's new address goes first.
    Path first = Files.createTempFile("fairway-master", ".yaml");
    try {
      Files.writeString(first, overriding(kubeconfig, String.valueOf(master)).toString());
      List<Path> files = new ArrayList<>(List.of(first));
      if (kubeconfig != null) {
        files.add(kubeconfig);
      }
      return of(KubeConfig.load(files, null));
    } finally {
      Files.deleteIfExists(first);
    }
  }

  private static ApiAccess of(KubeConfig config) throws IOException {
    return new ApiAccess(config.transport(), config.server());
  }

  /** The server's addresses; none if its name has none now. */
  Set<IpAddress> addresses() {
    Set<IpAddress> addresses = new LinkedHashSet<>();
    try {
      String host = server.getHost();
      String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      for (InetAddress address : InetAddress.getAllByName(name)) {
        addresses.add(IpAddress.ofBytes(address.getAddress()));
      }
    } catch (UnknownHostException _) {
      // Then no Service can take them either.
    }
    return addresses;
  }

  /** A kubeconfig that has nothing but the cluster, and the context where there is no other. */
  private static ObjectNode overriding(@Nullable Path kubeconfig, String master)
      throws IOException {
    ObjectNode config = KubeCodec.json().createObjectNode();
    ObjectNode cluster = KubeCodec.json().createObjectNode();
    String name = NAME;
    if (kubeconfig == null) {
      config.put("current-context", NAME);
      config
          .putArray("contexts")
          .addObject()
          .put("name", NAME)
          .putObject("context")
          .put("cluster", NAME);
    } else {
      JsonNode present = document(kubeconfig);
      String context = present.path("current-context").asString("");
      name = named(present, "contexts", "context", context).path("cluster").asString("");
      JsonNode old = named(present, "clusters", "cluster", name);
      if (old instanceof ObjectNode object) {
        cluster = object.deepCopy();
        String authority = cluster.path("certificate-authority").asString("");
        if (!authority.isEmpty()) {
          cluster.put(
              "certificate-authority",
              kubeconfig.toAbsolutePath().resolveSibling(authority).toString());
        }
      }
    }
    cluster.put("server", master);
    config.putArray("clusters").addObject().put("name", name).set("cluster", cluster);
    return config;
  }

  private static JsonNode document(Path kubeconfig) throws IOException {
    try {
      List<ObjectNode> documents = KubeCodec.yamlDocuments(Files.readString(kubeconfig));
      return documents.isEmpty() ? KubeCodec.json().createObjectNode() : documents.get(0);
    } catch (CodecException e) {
      throw new IOException(kubeconfig + ": " + e.getMessage(), e);
    }
  }

  private static JsonNode named(JsonNode config, String list, String field, String name) {
    for (JsonNode item : config.path(list)) {
      if (item.path("name").asString("").equals(name)) {
        return item.path(field);
      }
    }
    return KubeCodec.json().createObjectNode();
  }
}
