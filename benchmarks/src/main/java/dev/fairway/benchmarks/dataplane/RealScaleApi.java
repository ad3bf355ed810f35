// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

import dev.fairway.kube.client.ApiRequest;
import dev.fairway.kube.client.ApiResponse;
import dev.fairway.kube.client.ApiTransport;
import dev.fairway.kube.client.KubeConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Services in a namespace of a real API server, which gives them their addresses; nobody but this
 * writes their slices. Endpoints are in 10.128.0.0/12. The namespace goes in the end.
 */
final class RealScaleApi implements ScaleApi {
  private static final String NAMESPACES = "/api/v1/namespaces";
  private static final Pattern CLUSTER_IP = Pattern.compile("\"clusterIP\":\"([^\"]+)\"");
  private static final String JSON = "application/json";
  private static final int WRITERS = 16;

  private final Path file;
  private final ApiTransport transport;
  private final int endpoints;
  private final String[] addresses;

  /** Of this process, as the one of a process before takes a while to go. */
  private final String namespace = "fairway-scale-" + ProcessHandle.current().pid();

  /** Writes all the objects. */
  RealScaleApi(Path kubeconfig, int services, int endpoints, int backendPort) throws Exception {
    this.file = kubeconfig;
    this.endpoints = endpoints;
    this.addresses = new String[services];
    transport = KubeConfig.load(kubeconfig).transport();
    send("POST", NAMESPACES, JSON, "{\"metadata\":{\"name\":\"" + namespace + "\"}}");
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<?>> written = new ArrayList<>(services);
      for (int i = 0; i < services; i++) {
        int index = i;
        written.add(
            writers.submit(() -> {
              create(index, backendPort);
              return true;
            }));
      }
      for (Future<?> one : written) {
        one.get();
      }
    }
  }

  private void create(int index, int port) throws IOException, InterruptedException {
    String stored =
        send(
            "POST",
            NAMESPACES + "/" + namespace + "/services",
            JSON,
            "{\"metadata\":{\"name\":\"svc-"
                + index
                + "\"},\"spec\":{\"ports\":[{\"name\":\"http\",\"port\":"
                + NodeScale.PORT
                + "}]}}");
    Matcher address = CLUSTER_IP.matcher(stored);
    if (!address.find()) {
      throw new IOException("no clusterIP in " + stored);
    }
    addresses[index] = address.group(1);
    for (int from = 0; from < endpoints; from += ModelFixture.SLICE_SIZE) {
      send("POST", slices(), JSON, slice(index, from, port));
    }
  }

  private String slice(int index, int from, int port) {
    StringBuilder json = new StringBuilder(16_384);
    json.append("{\"metadata\":{\"name\":\"").append(sliceName(index, from));
    json.append("\",\"labels\":{\"kubernetes.io/service-name\":\"svc-").append(index);
    json.append("\"}},\"addressType\":\"IPv4\",\"endpoints\":[");
    int to = Math.min(endpoints, from + ModelFixture.SLICE_SIZE);
    for (int i = from; i < to; i++) {
      int pod = index * endpoints + i;
      json.append(i == from ? "" : ",").append("{\"addresses\":[\"10.").append(128 + (pod >> 16));
      json.append('.').append(pod >> 8 & 255).append('.').append(pod & 255);
      json.append("\"],\"conditions\":{\"ready\":true},\"targetRef\":{\"kind\":\"Pod\",\"name\":");
      json.append("\"svc-").append(index).append("-6d4cf56db6-");
      json.append(Integer.toString(pod + 1_679_616, 36)).append("\"},\"nodeName\":\"node-");
      json.append(pod * 7 % 500).append("\"}");
    }
    return json.append("],\"ports\":").append(ports(port)).append('}').toString();
  }

  private String slices() {
    return "/apis/discovery.k8s.io/v1/namespaces/" + namespace + "/endpointslices";
  }

  private static String sliceName(int index, int from) {
    return "svc-" + index + "-" + from;
  }

  private static String ports(int port) {
    return "[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":" + port + "}]";
  }

  @Override
  public String kubeconfig() throws IOException {
    return Files.readString(file);
  }

  @Override
  public String address(int index) {
    return addresses[index];
  }

  @Override
  public void changePort(int index, int port) throws IOException, InterruptedException {
    send(
        "PATCH",
        slices() + "/" + sliceName(index, 0),
        "application/merge-patch+json",
        "{\"ports\":" + ports(port) + "}");
  }

  private String send(String method, String path, String type, String body)
      throws IOException, InterruptedException {
    ApiRequest request =
        new ApiRequest(
            method, path, Map.of("Content-Type", type), body.getBytes(StandardCharsets.UTF_8));
    // The API server asks for patience when it is young or busy.
    for (int attempt = 1; ; attempt++) {
      try (ApiResponse response = transport.exchange(request)) {
        String answer = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
        if (response.status() < 300) {
          return answer;
        }
        if (attempt == 10 || (response.status() != 429 && response.status() < 500)) {
          throw new IOException(method + " " + path + ": " + response.status() + " " + answer);
        }
      }
      TimeUnit.MILLISECONDS.sleep(200L * attempt);
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    send("DELETE", NAMESPACES + "/" + namespace, JSON, "{}");
    transport.close();
  }
}
