// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.http.TestApi.Reply;
import dev.fairway.kube.client.ApiRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ApiTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String PODS = "/api/v1/namespaces/default/pods";

  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void open() throws Exception {
    api = new TestApi(directory.resolve("cluster.mv"));
  }

  @AfterEach
  void close() {
    api.close();
  }

  private Reply map(String name) {
    return api.post(MAPS, "{'metadata':{'name':'" + name + "','labels':{'app':'" + name + "'}}}");
  }

  private static String pod(String name, String more) {
    return "{'metadata':{'name':'"
        + name
        + "'"
        + more
        + "},'spec':{'containers':[{'name':'c','image':'i'}]}}";
  }

  @ParameterizedTest(name = "{0} {1}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/api/v1/namespaces/default/services/x||404|NotFound|services \"x\" not found",
        "GET|/apis/apps/v1/namespaces/default/deployments/x||404|NotFound|deployments.apps \"x\" not found",
        "GET|/api/v1/namespaces/default/unicorns||404|NotFound|the server could not find the requested resource",
        "GET|/nothing||404|NotFound|the server could not find the requested resource",
        "POST|/api/v1/namespaces/none/configmaps|{'metadata':{'name':'a'}}|404|NotFound|namespaces \"none\" not found",
        "POST|/api/v1/namespaces/default/configmaps|{'metadata':{'name':'there'}}|409|AlreadyExists|configmaps \"there\" already exists",
        "POST|/api/v1/namespaces/default/configmaps|{'metadata':{}}|422|Invalid|ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
        "POST|/api/v1/namespaces/default/configmaps|{'metadata':{'name':'a','namespace':'b'}}|400|BadRequest|the namespace of the provided object does not match the namespace sent on the request",
        "POST|/api/v1/namespaces/default/configmaps|{'metadata':{'name':'a','resourceVersion':'1'}}|400|BadRequest|resourceVersion should not be set on objects to be created",
        "POST|/api/v1/namespaces/default/configmaps?fieldValidation=Strict|{'metadata':{'name':'a'},'foo':1}|400|BadRequest|ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"foo\"",
        "POST|/api/v1/namespaces/default/configmaps?fieldValidation=Strict|{'foo':1,'metadata':{'name':'a','name':'b','foo':2},'data':{'x':'1','x':'2'},'foo':3,'data':{'z':'1'},'bar':{'z':1,'z':2},'immutable':null,'immutable':null}|400|BadRequest|ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"foo\", duplicate field \"metadata.name\", unknown field \"metadata.foo\", duplicate field \"data.x\", duplicate field \"data\", unknown field \"bar\", duplicate field \"immutable\"",
        "POST|/api/v1/namespaces/default/services?fieldValidation=Strict|{'metadata':{'name':'a'},'spec':{'ports':[{'port':1,'port':2,'prt':3}]}}|400|BadRequest|Service in version \"v1\" cannot be handled as a Service: strict decoding error: duplicate field \"spec.ports[0].port\", unknown field \"spec.ports[0].prt\"",
        "POST|/api/v1/namespaces/default/configmaps?fieldValidation=Loose|{'metadata':{'name':'a'}}|400|BadRequest|fieldValidation: Unsupported value: \"Loose\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
        "POST|/api/v1/namespaces/default/configmaps|{'apiVersion':'apps/v1','metadata':{'name':'a'}}|400|BadRequest|the API version in the data (apps/v1) does not match the expected API version (v1)",
        "PUT|/api/v1/namespaces/default/configmaps/there|{'metadata':{'name':'other'}}|400|BadRequest|the name of the object (other) does not match the name on the URL (there)",
        "PUT|/api/v1/namespaces/default/configmaps/there|{'metadata':{'name':'there','resourceVersion':'1'}}|409|Conflict|Operation cannot be fulfilled on configmaps \"there\": the object has been modified; please apply your changes to the latest version and try again",
        "PUT|/api/v1/namespaces/default/configmaps/none|{'metadata':{'name':'none'}}|404|NotFound|configmaps \"none\" not found",
        "PUT|/api/v1/namespaces/default/configmaps|{'metadata':{'name':'none'}}|405|MethodNotAllowed|the server does not allow this method on the requested resource",
        "DELETE|/api/v1/namespaces/default/configmaps/there|{'preconditions':{'uid':'u'}}|409|Conflict|Operation cannot be fulfilled on configmaps \"there\": Precondition failed: UID in precondition: u, UID in object meta: UID",
        "DELETE|/api/v1/namespaces/default||403|Forbidden|namespaces \"default\" is forbidden: this namespace may not be deleted",
        "GET|/api/v1/namespaces/default/configmaps?labelSelector=a%20b||400|BadRequest|unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt, or ','",
        "GET|/api/v1/namespaces/default/configmaps?fieldSelector=spec.x%3D1||400|BadRequest|field label not supported: spec.x",
        "GET|/api/v1/namespaces/default/configmaps?continue=zzz||400|BadRequest|continue key is not valid",
        "GET|/api/v1/configmaps?resourceVersion=99||504|Timeout|Timeout: Too large resource version: 99, current: 2",
        "PATCH|/api/v1/namespaces/default/configmaps/there|{}|415|UnsupportedMediaType|MEDIA",
      })
  void failuresReadAsInKubernetes(
      String method, String path, String body, int code, String reason, String message) {
    String uid = map("there").body().path("metadata").path("uid").asString();
    Reply reply = TestApi.send(api.transport, method, path, Map.of(), body == null ? "" : body);
    assertThat(reply.status()).isEqualTo(code);
    assertThat(reply.body().path("kind").asString()).isEqualTo("Status");
    assertThat(reply.body().path("reason").asString()).isEqualTo(reason);
    assertThat(reply.body().path("code").asInt()).isEqualTo(code);
    if (!"MEDIA".equals(message)) {
      assertThat(reply.message()).isEqualTo(message.replace("UID", "UID").replaceAll("UID$", uid));
    }
  }

  @Test
  void bodyOverTheLimitIsTooLarge() {
    String big = "{'metadata':{'name':'a'},'data':{'k':'" + "x".repeat(Body.MAX_BYTES) + "'}}";
    assertThat(api.post(MAPS, big).status()).isEqualTo(413);
  }

  @Test
  void unknownFieldsAreDroppedWithAWarning() {
    Reply reply = api.post(MAPS, "{'metadata':{'name':'a'},'foo':1}");
    assertThat(reply.status()).isEqualTo(201);
    assertThat(reply.warning()).isEqualTo("299 - \"unknown field \\\"foo\\\"\"");
    assertThat(reply.body().has("foo")).isFalse();
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "merge|{'foo':1,'data':{'x':'1','x':'2'},'foo':1}|duplicate field \"data.x\", duplicate field \"foo\", unknown field \"foo\"|\"{",
        "strategic-merge|{'foo':1,'data':{'x':'1','x':'2'},'foo':1}|duplicate field \"data.x\", duplicate field \"foo\", unknown field \"foo\"|\"map[data:map[x:2] foo:1]\"",
        "json|[{'op':'add','op':'add','path':'/foo','value':1}]|json patch duplicate field \"[0].op\", unknown field \"foo\"|\"{",
      })
  void strictPatchesAreInvalid(String type, String body, String complaints, String value) {
    map("a");
    String media = "application/" + type + "-patch+json";
    Reply reply = api.patch(media, MAPS + "/a?fieldValidation=Strict", body);
    assertThat(reply.status()).isEqualTo(422);
    assertThat(reply.message())
        .startsWith(" \"\" is invalid: patch: Invalid value: " + value)
        .endsWith("\": strict decoding error: " + complaints);
    Reply warned = api.patch(media, MAPS + "/a", body);
    assertThat(warned.status()).isEqualTo(200);
    assertThat(warned.warning())
        .isEqualTo("299 - \"" + complaints.replaceAll(", .*", "").replace("\"", "\\\"") + "\"");
  }

  @Test
  void strangersAreForbiddenAndNodesMayOnlyWriteTheirOwnKinds() {
    Reply stranger = TestApi.send(api.as("eve"), "GET", MAPS, Map.of(), "");
    assertThat(stranger.status()).isEqualTo(403);
    assertThat(stranger.message())
        .isEqualTo(
            "configmaps is forbidden: User \"eve\" cannot list resource \"configmaps\" in API group"
                + " \"\" in the namespace \"default\"");
    LocalTransport node = api.as("system:node:n", "system:nodes");
    assertThat(TestApi.send(node, "GET", MAPS, Map.of(), "").status()).isEqualTo(200);
    String body = "{'metadata':{'name':'a'}}";
    assertThat(TestApi.send(node, "POST", MAPS, Map.of(), body).status()).isEqualTo(403);
  }

  @Test
  void metadataIsTheServers() {
    JsonNode metadata =
        api.post(MAPS, "{'metadata':{'generateName':'x-','uid':'mine','managedFields':[{}]}}")
            .body()
            .path("metadata");
    assertThat(metadata.path("name").asString()).matches("x-[bcdfghjklmnpqrstvwxz2456789]{5}");
    assertThat(metadata.path("uid").asString()).hasSize(36);
    assertThat(metadata.path("creationTimestamp").asString()).isEqualTo("2026-11-21T06:00:00Z");
    assertThat(metadata.path("resourceVersion").asString()).isEqualTo("2");
    assertThat(metadata.has("managedFields")).isFalse();
  }

  @Test
  void updateThatChangesNothingKeepsTheResourceVersion() {
    String version = map("a").version();
    Reply same = api.patch("application/merge-patch+json", MAPS + "/a", "{'metadata':{}}");
    assertThat(same.version()).isEqualTo(version);
    Reply changed = api.patch("application/merge-patch+json", MAPS + "/a", "{'data':{'k':'v'}}");
    assertThat(changed.version()).isNotEqualTo(version);
    assertThat(changed.body().path("data").path("k").asString()).isEqualTo("v");
  }

  @Test
  void dryRunStoresNothing() {
    Reply reply = api.post(MAPS + "?dryRun=All", "{'metadata':{'name':'a'}}");
    assertThat(reply.status()).isEqualTo(201);
    assertThat(api.get(MAPS + "/a").status()).isEqualTo(404);
  }

  @Test
  void pagesShowTheStateOfTheFirstPage() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      map(name);
    }
    Reply first = api.get(MAPS + "?limit=2");
    assertThat(first.body().path("metadata").path("remainingItemCount").asInt()).isEqualTo(3);
    api.delete(MAPS + "/d", "");
    map("b2");
    List<String> names = new ArrayList<>(names(first));
    String token = first.body().path("metadata").path("continue").asString("");
    while (!token.isEmpty()) {
      Reply page = api.get(MAPS + "?limit=2&continue=" + token);
      assertThat(page.version()).isEqualTo(first.version());
      names.addAll(names(page));
      token = page.body().path("metadata").path("continue").asString("");
    }
    assertThat(names).containsExactly("a", "b", "c", "d", "e");
    Reply exact = api.get(MAPS + "?resourceVersionMatch=Exact&resourceVersion=" + first.version());
    assertThat(names(exact)).containsExactly("a", "b", "c", "d", "e");
    assertThat(names(api.get(MAPS + "?labelSelector=app+in+(a,b2)"))).containsExactly("a", "b2");
  }

  private static List<String> names(Reply list) {
    List<String> names = new ArrayList<>();
    list.body().path("items").forEach(i -> names.add(i.path("metadata").path("name").asString()));
    return names;
  }

  @Test
  void podOnANodeStaysUntilTheNodeDeletesIt() {
    api.post(PODS, pod("p", ""));
    assertThat(api.delete(PODS + "/p", "").body().path("kind").asString()).isEqualTo("Status");
    api.post(PODS, pod("q", ""));
    assertThat(api.post(PODS + "/q/binding", "{'target':{'name':'n1'}}").status()).isEqualTo(201);
    assertThat(api.post(PODS + "/q/binding", "{'target':{'name':'n2'}}").message())
        .isEqualTo(
            "Operation cannot be fulfilled on pods/binding \"q\": pod q is already assigned to node"
                + " \"n1\"");
    JsonNode marked = api.delete(PODS + "/q", "{'gracePeriodSeconds':5}").body().path("metadata");
    assertThat(marked.path("deletionTimestamp").asString()).isEqualTo("2026-11-21T06:00:05Z");
    assertThat(marked.path("deletionGracePeriodSeconds").asInt()).isEqualTo(5);
    assertThat(api.get(PODS + "/q").status()).isEqualTo(200);
    assertThat(api.delete(PODS + "/q", "{'gracePeriodSeconds':0}").status()).isEqualTo(200);
    assertThat(api.get(PODS + "/q").status()).isEqualTo(404);
  }

  @Test
  void finalizersHoldADeletedObjectUntilTheLastIsGone() {
    api.post(MAPS, "{'metadata':{'name':'a','finalizers':['example.com/f']}}");
    api.delete(MAPS + "/a", "");
    assertThat(api.get(MAPS + "/a").body().path("metadata").has("deletionTimestamp")).isTrue();
    api.patch("application/merge-patch+json", MAPS + "/a", "{'metadata':{'finalizers':null}}");
    assertThat(api.get(MAPS + "/a").status()).isEqualTo(404);
  }

  @Test
  void namespaceGoesWhenItIsFinalized() {
    api.post("/api/v1/namespaces", "{'metadata':{'name':'t'}}");
    api.delete("/api/v1/namespaces/t", "");
    assertThat(api.get("/api/v1/namespaces/t").body().path("status").path("phase").asString())
        .isEqualTo("Terminating");
    assertThat(api.post("/api/v1/namespaces/t/configmaps", "{'metadata':{'name':'a'}}").message())
        .isEqualTo(
            "configmaps \"a\" is forbidden: unable to create new content in namespace t because it"
                + " is being terminated");
    api.put("/api/v1/namespaces/t/finalize", "{'metadata':{'name':'t'},'spec':{'finalizers':[]}}");
    assertThat(api.get("/api/v1/namespaces/t").status()).isEqualTo(404);
  }

  @Test
  void watchTellsWhatHappensAfterItsRevision() throws Exception {
    String version = map("a").version();
    map("b");
    try (TestApi.Lines watch = api.watch(MAPS + "?watch=true&resourceVersion=" + version)) {
      assertThat(watch.brief()).isEqualTo("ADDED b");
      api.patch("application/merge-patch+json", MAPS + "/a", "{'data':{'k':'v'}}");
      assertThat(watch.brief()).isEqualTo("MODIFIED a");
      api.delete(MAPS + "/b", "");
      JsonNode gone = watch.next();
      assertThat(gone.path("type").asString()).isEqualTo("DELETED");
      assertThat(gone.path("object").path("metadata").path("resourceVersion").asString())
          .isEqualTo(Long.toString(api.store.revision()));
    }
  }

  @Test
  void initialEventsEndWithTheAnnotatedBookmark() throws Exception {
    map("a");
    String query =
        "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    try (TestApi.Lines watch = api.watch(MAPS + query)) {
      assertThat(watch.brief()).isEqualTo("ADDED a");
      JsonNode bookmark = watch.next();
      assertThat(bookmark.path("type").asString()).isEqualTo("BOOKMARK");
      assertThat(bookmark.path("object").path("kind").asString()).isEqualTo("ConfigMap");
      JsonNode metadata = bookmark.path("object").path("metadata");
      assertThat(metadata.path("annotations").path("k8s.io/initial-events-end").asString())
          .isEqualTo("true");
      assertThat(metadata.path("resourceVersion").asString()).isEqualTo("2");
      map("b");
      assertThat(watch.brief()).isEqualTo("ADDED b");
    }
  }

  @Test
  void watchEndsAtItsTimeoutWithABookmark() throws Exception {
    String version = map("a").version();
    api.post("/api/v1/namespaces", "{'metadata':{'name':'t'}}");
    String query = "?watch=1&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=" + version;
    try (TestApi.Lines watch = api.watch(MAPS + query)) {
      JsonNode bookmark = watch.next();
      assertThat(bookmark.path("type").asString()).isEqualTo("BOOKMARK");
      assertThat(watch.brief()).isEqualTo("end");
    }
  }

  @Test
  void watchOfATableSendsTables() throws Exception {
    map("a");
    String accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    try (TestApi.Lines watch = api.new Lines(MAPS + "?watch=1", accept)) {
      JsonNode event = watch.next();
      assertThat(event.path("object").path("kind").asString()).isEqualTo("Table");
      assertThat(event.path("object").path("rows").path(0).path("cells").path(0).asString())
          .isEqualTo("a");
    }
  }

  @Test
  void revisionOfAnEarlierRunIsExpired() throws Exception {
    String version = map("a").version();
    map("b");
    api.close();
    api = new TestApi(directory.resolve("cluster.mv"));
    try (TestApi.Lines watch = api.watch(MAPS + "?watch=1&resourceVersion=" + version)) {
      assertThat(watch.status()).isEqualTo(410);
      assertThat(watch.next().path("reason").asString()).isEqualTo("Expired");
    }
  }

  @Test
  void watchesAreBounded() throws Exception {
    List<TestApi.Lines> open = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      open.add(api.watch(MAPS + "?watch=1"));
    }
    try (TestApi.Lines more = api.watch(MAPS + "?watch=1")) {
      assertThat(more.status()).isEqualTo(429);
    }
    open.forEach(TestApi.Lines::close);
  }

  @Test
  void scaleReadsAndWritesReplicas() {
    String deployments = "/apis/apps/v1/namespaces/default/deployments";
    Reply created =
        api.post(
            deployments,
            "{'metadata':{'name':'d'},'spec':{'replicas':2,'selector':{'matchLabels':{'a':'b'}},"
                + "'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c',"
                + "'image':'i'}]}}}}");
    assertThat(created.status()).isEqualTo(201);
    JsonNode scale = api.get(deployments + "/d/scale").body();
    assertThat(scale.path("spec").path("replicas").asInt()).isEqualTo(2);
    assertThat(scale.path("status").path("selector").asString()).isEqualTo("a=b");
    api.patch("application/merge-patch+json", deployments + "/d/scale", "{'spec':{'replicas':5}}");
    JsonNode scaled = api.get(deployments + "/d").body();
    assertThat(scaled.path("spec").path("replicas").asInt()).isEqualTo(5);
    assertThat(scaled.path("metadata").path("generation").asInt()).isEqualTo(2);
  }

  @Test
  void protobufBodyIsReadAsTheSameObject() {
    byte[] meta =
        message(field(1, "a"), field(5, ""), field(11, message(field(1, "k"), field(2, "v"))));
    byte[] object = message(field(1, meta), field(2, message(field(1, "key"), field(2, "value"))));
    byte[] type = message(field(1, "v1"), field(2, "ConfigMap"));
    byte[] body =
        message("k8s\0".getBytes(StandardCharsets.US_ASCII), field(1, type), field(2, object));
    Reply reply =
        TestApi.send(
            api.transport,
            new ApiRequest("POST", MAPS, Map.of("Content-Type", Protobuf.CONTENT_TYPE), body));
    assertThat(reply.status()).isEqualTo(201);
    assertThat(reply.body().path("data").path("key").asString()).isEqualTo("value");
    assertThat(reply.body().path("metadata").path("labels").path("k").asString()).isEqualTo("v");
    byte[] cut = java.util.Arrays.copyOf(body, body.length - 3);
    Reply malformed =
        TestApi.send(
            api.transport,
            new ApiRequest("POST", MAPS, Map.of("Content-Type", Protobuf.CONTENT_TYPE), cut));
    assertThat(malformed.status()).isEqualTo(400);
  }

  private static byte[] field(int number, String text) {
    return field(number, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] field(int number, byte[] value) {
    return message(new byte[] {(byte) (number << 3 | 2), (byte) value.length}, value);
  }

  private static byte[] message(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
