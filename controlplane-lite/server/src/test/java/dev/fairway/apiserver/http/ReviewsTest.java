// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairway.apiserver.http.TestApi.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ReviewsTest {
  private static final String AUTHORIZATION = "/apis/authorization.k8s.io/v1/";
  private static final String SELVES = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

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

  private Reply ask(String user, String path, String body) {
    String group = user.startsWith("system:node:") ? "system:nodes" : "system:authenticated";
    return TestApi.send(api.as(user, group), "POST", path, Map.of(), body);
  }

  @ParameterizedTest(name = "{0} may {1} {3}/{4} of {2}: {5}")
  @CsvSource({
    "eve,get,'',pods,'',false",
    "eve,create,authorization.k8s.io,selfsubjectaccessreviews,'',true",
    "eve,create,authorization.k8s.io,subjectaccessreviews,'',false",
    "system:admin,delete,unicorns.dev,unicorns,'',true",
    "system:admin,*,*,*,'',true",
    "system:node:n,list,apps,deployments,'',true",
    "system:node:n,update,'',pods,status,true",
    "system:node:n,update,'',services,status,false",
    "system:kube-proxy,watch,'',services,'',true",
    "system:kube-proxy,watch,'',secrets,'',false",
    "system:kube-proxy,get,*,*,'',false",
    "system:fairway-ingress,patch,networking.k8s.io,ingresses,status,true",
    "system:fairway-ingress,patch,networking.k8s.io,ingresses,'',false",
  })
  void accessReviewAnswersAsRequestsAreDecided(
      String user, String verb, String group, String resource, String subresource, boolean may) {
    String spec =
        "'resourceAttributes':{'verb':'%s','group':'%s','resource':'%s','subresource':'%s'}"
            .formatted(verb, group, resource, subresource);
    Reply own = ask(user, AUTHORIZATION + "selfsubjectaccessreviews", "{'spec':{" + spec + "}}");
    assertThat(own.status()).isEqualTo(201);
    assertThat(own.body().path("status").path("allowed").asBoolean()).isEqualTo(may);
    assertThat(own.body().path("spec").path("resourceAttributes").path("verb").asString())
        .isEqualTo(verb);
    String groups = user.startsWith("system:node:") ? "'system:nodes'" : "";
    Reply other =
        api.post(
            AUTHORIZATION + "subjectaccessreviews",
            "{'spec':{'user':'" + user + "','groups':[" + groups + "]," + spec + "}}");
    assertThat(other.body().path("status").path("allowed").asBoolean()).isEqualTo(may);
  }

  @ParameterizedTest(name = "{0} may {1} {2}: {3}")
  @CsvSource({
    "eve,get,/api/v1,true",
    "eve,get,/version,true",
    "eve,post,/api,false",
    "eve,get,/apiserver,false",
    "system:admin,post,/anything,true",
  })
  void pathsThatAreNoResources(String user, String verb, String path, boolean may) {
    Reply reply =
        ask(
            user,
            AUTHORIZATION + "selfsubjectaccessreviews",
            "{'spec':{'nonResourceAttributes':{'verb':'" + verb + "','path':'" + path + "'}}}");
    assertThat(reply.body().path("status").path("allowed").asBoolean()).isEqualTo(may);
  }

  @ParameterizedTest(name = "{0} {1}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "selfsubjectaccessreviews|{'spec':{}}|422|SelfSubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
        "subjectaccessreviews|{'spec':{'nonResourceAttributes':{'path':'/x','verb':'get'}}}|422|SubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.user: Invalid value: \"\": at least one of user or group must be specified",
        "namespaces/default/localsubjectaccessreviews|{'spec':{'user':'eve','resourceAttributes':{'namespace':'x','verb':'get'}}}|422|LocalSubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.resourceAttributes.namespace: Invalid value: \"x\": must match metadata.namespace",
        "selfsubjectrulesreviews|{'spec':{}}|400|no namespace on request",
        "selfsubjectaccessreviews?fieldValidation=Strict|{'spc':{}}|400|SelfSubjectAccessReview in version \"v1\" cannot be handled as a SelfSubjectAccessReview: strict decoding error: unknown field \"spc\"",
      })
  void wrongQuestionsReadAsInKubernetes(String path, String body, int code, String message) {
    Reply reply = api.post(AUTHORIZATION + path, body);
    assertThat(reply.status()).isEqualTo(code);
    assertThat(reply.message()).isEqualTo(message);
  }

  @Test
  void reviewsAreNotStored() {
    assertThat(api.get(SELVES).status()).isEqualTo(405);
    assertThat(api.delete(SELVES, "").status()).isEqualTo(405);
  }

  @Test
  void rulesOfTheProxyNameWhatItMayReadAndWrite() {
    JsonNode status =
        ask(
                "system:kube-proxy",
                AUTHORIZATION + "selfsubjectrulesreviews",
                "{'spec':{'namespace':'default'}}")
            .body()
            .path("status");
    String rules = status.path("resourceRules").toString();
    assertThat(rules)
        .contains("{\"verbs\":[\"get\",\"list\",\"watch\"],\"apiGroups\":[\"discovery.k8s.io\"]")
        .doesNotContain("\"secrets\"", "\"configmaps\"");
    assertThat(status.path("nonResourceRules").path(0).path("verbs").path(0).asString())
        .isEqualTo("get");
    assertThat(status.path("incomplete").asBoolean(true)).isFalse();
  }

  @Test
  void administratorsActInTheNameOfOthers() {
    Map<String, String> as = Map.of("Impersonate-User", "eve", "Impersonate-Group", "g,h");
    JsonNode info =
        TestApi.send(api.transport, "POST", SELVES, as, "{}")
            .body()
            .path("status")
            .path("userInfo");
    assertThat(info.path("username").asString()).isEqualTo("eve");
    assertThat(info.path("groups").valueStream().map(JsonNode::asString))
        .containsExactlyElementsOf(List.of("g", "h", "system:authenticated"));
    assertThat(TestApi.send(api.transport, "GET", "/api/v1/pods", as, "").status()).isEqualTo(403);
    Reply refused = TestApi.send(api.as("bob"), "POST", SELVES, as, "{}");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.message())
        .isEqualTo(
            "users \"eve\" is forbidden: User \"bob\" cannot impersonate resource \"users\" in API"
                + " group \"\" at the cluster scope");
  }
}
