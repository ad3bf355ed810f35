// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.client;

import dev.fairway.kube.codec.CodecException;
import dev.fairway.kube.codec.KubeCodec;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where an API server is and how to log in: one context of a kubeconfig, or the service account of
 * the pod that this process runs in. Immutable. Its text form shows no secrets.
 *
 * @see #load(Path)
 * @see #inCluster(Path, Map)
 */
public final class KubeConfig {
  /** Where a pod finds its service account. */
  public static final Path SERVICE_ACCOUNT =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private static final long MAX_FILE_BYTES = 8 << 20;

  private final URI server;
  private final String namespace;
  private final TlsSettings tls;
  private final Credentials credentials;

  private KubeConfig(URI server, String namespace, TlsSettings tls, Credentials credentials) {
    this.server = server;
    this.namespace = namespace;
    this.tls = tls;
    this.credentials = credentials;
  }

  /**
   * Reads the current context of a kubeconfig file.
   *
   * @throws IOException if the file cannot be read, is no kubeconfig or names what is not in it
   */
  public static KubeConfig load(Path file) throws IOException {
    return load(List.of(file), null);
  }

  /**
   * Reads a context of several files merged as kubectl merges the files of {@code KUBECONFIG}: the
   * first file that has a name wins, files that do not exist are left out.
   *
   * @param context the context, or null for the current one
   * @throws IOException if no file exists, one is no kubeconfig, or a name is missing
   */
  public static KubeConfig load(List<Path> files, @Nullable String context) throws IOException {
    Merged merged = new Merged();
    boolean found = false;
    for (Path file : files) {
      if (files.size() == 1 || Files.exists(file)) {
        merged.add(file.toAbsolutePath());
        found = true;
      }
    }
    if (!found) {
      throw new IOException("no kubeconfig: " + files);
    }
    return merged.resolve(context);
  }

  /**
   * The API server and service account of a pod.
   *
   * @param serviceAccount usually {@link #SERVICE_ACCOUNT}
   * @param environment the process's environment
   * @throws IOException if this is no pod
   */
  public static KubeConfig inCluster(Path serviceAccount, Map<String, String> environment)
      throws IOException {
    String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "");
    if (host.isEmpty() || port.isEmpty()) {
      throw new IOException("not in a pod: KUBERNETES_SERVICE_HOST or _PORT is not set");
    }
    String authority = host.contains(":") ? "[" + host + "]" : host;
    Path namespace = serviceAccount.resolve("namespace");
    return new KubeConfig(
        URI.create("https://" + authority + ":" + port),
        Files.exists(namespace) ? Files.readString(namespace).strip() : "default",
        new TlsSettings(Files.readString(serviceAccount.resolve("ca.crt")), null, null, false, ""),
        new Credentials.TokenFile(serviceAccount.resolve("token"), InstantSource.system()));
  }

  /** The address of the API server. */
  public URI server() {
    return server;
  }

  /** The context's namespace, "default" where it names none. */
  public String namespace() {
    return namespace;
  }

  /**
   * A transport to the server as the user. Tokens are renewed for as long as the transport lives;
   * certificates are those that were there when the file was read.
   *
   * @throws IOException if certificates or keys cannot be read
   */
  public ApiTransport transport() throws IOException {
    try {
      return new HttpTransport(server, tls, credentials);
    } catch (GeneralSecurityException e) {
      throw new IOException(server + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return "KubeConfig[" + server + ", namespace=" + namespace + "]";
  }

  /** The named entries of all files. */
  private static final class Merged {
    private final Map<String, Entry> clusters = new LinkedHashMap<>();
    private final Map<String, Entry> users = new LinkedHashMap<>();
    private final Map<String, Entry> contexts = new LinkedHashMap<>();
    private String currentContext = "";

    void add(Path file) throws IOException {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException(file + ": larger than " + MAX_FILE_BYTES + " bytes");
      }
      List<ObjectNode> documents;
      try {
        documents = KubeCodec.yamlDocuments(Files.readString(file));
      } catch (CodecException e) {
        throw new IOException(file + ": " + e.getMessage(), e);
      }
      for (ObjectNode document : documents) {
        collect(file, document, "clusters", "cluster", clusters);
        collect(file, document, "users", "user", users);
        collect(file, document, "contexts", "context", contexts);
        if (currentContext.isEmpty()) {
          currentContext = document.path("current-context").asString("");
        }
      }
    }

    private static void collect(
        Path file, ObjectNode document, String list, String field, Map<String, Entry> into) {
      for (JsonNode item : document.path(list)) {
        into.putIfAbsent(item.path("name").asString(""), new Entry(file, item.path(field)));
      }
    }

    KubeConfig resolve(@Nullable String wanted) throws IOException {
      String contextName = wanted == null ? currentContext : wanted;
      if (contextName.isEmpty()) {
        throw new IOException("the kubeconfig has no current-context");
      }
      Entry context = entry(contexts, "context", contextName);
      Entry cluster = entry(clusters, "cluster", context.text("cluster"));
      String userName = context.text("user");
      Entry user =
          userName.isEmpty()
              ? new Entry(context.file(), KubeCodec.json().createObjectNode())
              : entry(users, "user", userName);
      String address = cluster.text("server");
      URI server;
      try {
        server =
            URI.create(
                address.endsWith("/") ? address.substring(0, address.length() - 1) : address);
      } catch (IllegalArgumentException e) {
        throw new IOException("server is no URL: " + address, e);
      }
      if (server.getHost() == null) {
        throw new IOException("server is no URL: " + address);
      }
      String namespace = context.text("namespace");
      TlsSettings tls =
          new TlsSettings(
              cluster.pem("certificate-authority"),
              user.pem("client-certificate"),
              user.pem("client-key"),
              cluster.node().path("insecure-skip-tls-verify").asBoolean(false),
              cluster.text("tls-server-name"));
      return new KubeConfig(
          server, namespace.isEmpty() ? "default" : namespace, tls, credentials(user, cluster));
    }

    private static Entry entry(Map<String, Entry> entries, String kind, String name)
        throws IOException {
      Entry entry = entries.get(name);
      if (entry == null) {
        throw new IOException("the kubeconfig has no " + kind + " \"" + name + "\"");
      }
      return entry;
    }

    private static Credentials credentials(Entry user, Entry cluster) throws IOException {
      if (!user.text("tokenFile").isEmpty()) {
        Path file = user.path(user.text("tokenFile"));
        return new Credentials.TokenFile(file, InstantSource.system());
      }
      if (!user.text("token").isEmpty()) {
        return new Credentials.Fixed("Bearer " + user.text("token"));
      }
      if (!user.text("username").isEmpty()) {
        String pair = user.text("username") + ":" + user.text("password");
        return new Credentials.Fixed(
            "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
      }
      if (user.node().path("exec") instanceof ObjectNode exec) {
        return new ExecCredentials(command(user, exec, cluster), InstantSource.system());
      }
      return new Credentials.Fixed("");
    }

    private static ExecCredentials.Command command(Entry user, ObjectNode exec, Entry cluster)
        throws IOException {
      String program = exec.path("command").asString("");
      if (program.isEmpty()) {
        throw new IOException(user.file() + ": exec has no command");
      }
      List<String> line = new ArrayList<>();
      // As kubectl does: a path with a separator is relative to the file, a bare name is searched.
      line.add(program.contains("/") ? user.path(program).toString() : program);
      exec.path("args").forEach(argument -> line.add(argument.asString("")));
      Map<String, String> environment = new HashMap<>();
      exec.path("env")
          .forEach(pair ->
              environment.put(pair.path("name").asString(""), pair.path("value").asString("")));
      ObjectNode shownCluster = null;
      if (exec.path("provideClusterInfo").asBoolean(false)) {
        shownCluster = KubeCodec.json().createObjectNode();
        shownCluster.put("server", cluster.text("server"));
        String authority = cluster.pem("certificate-authority");
        if (authority != null) {
          shownCluster.put(
              "certificate-authority-data",
              Base64.getEncoder().encodeToString(authority.getBytes(StandardCharsets.UTF_8)));
        }
      }
      return new ExecCredentials.Command(
          exec.path("apiVersion").asString("client.authentication.k8s.io/v1"),
          line,
          environment,
          exec.path("installHint").asString(""),
          shownCluster);
    }
  }

  /** One named entry and the file it came from, which its paths are relative to. */
  private record Entry(Path file, JsonNode node) {

    String text(String field) {
      return node.path(field).asString("");
    }

    Path path(String text) {
      return file.resolveSibling(text).normalize();
    }

    /** The text of {@code field-data}, else of the file that {@code field} names, else null. */
    @Nullable String pem(String field) throws IOException {
      String data = text(field + "-data");
      if (!data.isEmpty()) {
        try {
          return new String(Base64.getMimeDecoder().decode(data), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
          throw new IOException(file + ": " + field + "-data is not base64", e);
        }
      }
      String name = text(field);
      return name.isEmpty() ? null : Files.readString(path(name), StandardCharsets.ISO_8859_1);
    }
  }
}
