// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.dns;

import dev.fairway.apiserver.ApiServer;
import dev.fairway.apiserver.ApiServerConfig;
import dev.fairway.kube.api.Resource;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeClient;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** A real API server within this process, without controllers: what is put there stays as it is. */
final class TestApi implements AutoCloseable {
  private static final List<String> ADMINS = List.of("system:masters");

  private final ApiServer server;
  private final KubeClient client;

  private TestApi(ApiServer server) {
    this.server = server;
    client = new KubeClient(transport());
  }

  /** Starts one on a free port, with ClusterIPs of both families. */
  static TestApi start(Path state) throws IOException {
    ApiServerConfig defaults = ApiServerConfig.loopback(state, 0);
    return new TestApi(
        ApiServer.start(
            new ApiServerConfig(
                state,
                "127.0.0.1",
                0,
                List.of("127.96.0.0/12", "fd00:10:96::/112"),
                defaults.nodePortFrom(),
                defaults.nodePortTo(),
                List.of(),
                defaults.maxRequests(),
                defaults.maxWatches())));
  }

  /** A way to the server within the process. */
  ApiTransport transport() {
    return server.localTransport("test", ADMINS);
  }

  KubeClient client() {
    return client;
  }

  /** Writes a kubeconfig for programs. */
  Path kubeconfig(Path file) throws IOException {
    server.writeKubeconfig(file, "admin", ADMINS, "https://127.0.0.1:" + server.port());
    return file;
  }

  /** Creates the objects of a YAML text. */
  void create(String yaml) throws Exception {
    for (ObjectNode object : KubeCodec.yamlDocuments(yaml)) {
      create(object);
    }
  }

  /** Creates an object; without a namespace in {@code default}. */
  void create(ObjectNode object) throws Exception {
    Resource<?> resource = resource(object.path("kind").asString());
    String namespace = object.path("metadata").path("namespace").asString("default");
    client.create(resource, resource.namespaced() ? namespace : "", object);
  }

  static Resource<?> resource(String kind) {
    return switch (kind) {
      case "Namespace" -> Resource.NAMESPACES;
      case "Service" -> Resource.SERVICES;
      case "EndpointSlice" -> Resource.ENDPOINT_SLICES;
      case "Pod" -> Resource.PODS;
      default -> throw new IllegalArgumentException(kind);
    };
  }

  @Override
  public void close() {
    server.close();
  }
}
