// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairway.apiserver.schema.ObjectSchema;
import dev.fairway.apiserver.schema.Schemas;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Strategic merge on Services and Pods; rows with ports were compared with a Kubernetes 1.36.3 API
 * server.
 */
class StrategicMergePatchTest {
  private static final String ABC =
      "{spec:{ports:[{port:80,name:a},{port:81,name:b},{port:82,name:c}]}}";

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          new element goes first         | {spec:{ports:[{port:90,name:z}]}} | {spec:{ports:[{port:90,name:z},{port:80,name:a},{port:81,name:b},{port:82,name:c}]}}
          element merges by its key      | {spec:{ports:[{port:81,protocol:UDP}]}} | {spec:{ports:[{port:80,name:a},{port:81,name:b,protocol:UDP},{port:82,name:c}]}}
          order alone                    | {spec:{'$setElementOrder/ports':[{port:82},{port:80},{port:81}]}} | {spec:{ports:[{port:82,name:c},{port:80,name:a},{port:81,name:b}]}}
          order with a new element       | {spec:{'$setElementOrder/ports':[{port:90},{port:82}],ports:[{port:90,name:z}]}} | {spec:{ports:[{port:90,name:z},{port:80,name:a},{port:81,name:b},{port:82,name:c}]}}
          delete and change              | {spec:{ports:[{$patch:delete,port:80},{port:82,name:q}]}} | {spec:{ports:[{port:81,name:b},{port:82,name:q}]}}
          delete what is not there       | {spec:{ports:[{$patch:delete,port:99}]}} | {spec:{ports:[{port:80,name:a},{port:81,name:b},{port:82,name:c}]}}
          replace the list               | {spec:{ports:[{$patch:replace},{port:7}]}} | {spec:{ports:[{port:7}]}}
          null removes the list          | {spec:{ports:null}} | {spec:{}}
          null of an absent field        | {spec:{type:null}} | {spec:{ports:[{port:80,name:a},{port:81,name:b},{port:82,name:c}]}}
          replace the object             | {spec:{$patch:replace,type:X}} | {spec:{type:X}}
          delete the object              | {spec:{$patch:delete}} | {spec:{}}
          retained keys                  | {spec:{$retainKeys:[type],type:X}} | {spec:{type:X}}
          atomic list is replaced        | {spec:{ports:null,externalIPs:[b]}} | {spec:{externalIPs:[b]}}
          directives in new values vanish| {status:{loadBalancer:{$retainKeys:[x],x:1,y:null}}} | {spec:{ports:[{port:80,name:a},{port:81,name:b},{port:82,name:c}]},status:{loadBalancer:{x:1}}}
          """)
  void servicePorts(String name, String patch, String expected) throws PatchException {
    assertThat(apply("Service", ABC, patch)).as(name).isEqualTo(tree(expected));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          primitives merge      | {metadata:{finalizers:[a,b]}} | {metadata:{finalizers:[c,a]}} | {metadata:{finalizers:[c,a,b]}}
          primitives are deleted| {metadata:{finalizers:[a,b]}} | {metadata:{'$deleteFromPrimitiveList/finalizers':[a]}} | {metadata:{finalizers:[b]}}
          delete from nothing   | {metadata:{}} | {metadata:{'$deleteFromPrimitiveList/finalizers':[a]}} | {metadata:{}}
          ordered primitives    | {metadata:{finalizers:[a,b]}} | {metadata:{finalizers:[c],'$setElementOrder/finalizers':[b,c,a]}} | {metadata:{finalizers:[b,c,a]}}
          env merges by name    | {spec:{containers:[{name:x,env:[{name:A,value:1},{name:B,value:2}]}]}} | {spec:{containers:[{name:x,env:[{name:B,value:3}]}]}} | {spec:{containers:[{name:x,env:[{name:A,value:1},{name:B,value:3}]}]}}
          command is replaced   | {spec:{containers:[{name:x,command:[a,b]}]}} | {spec:{containers:[{name:x,command:[c]}]}} | {spec:{containers:[{name:x,command:[c]}]}}
          labels merge          | {metadata:{labels:{a:b,c:d}}} | {metadata:{labels:{a:null,e:f}}} | {metadata:{labels:{c:d,e:f}}}
          volume source changes | {spec:{volumes:[{name:v,emptyDir:{}}]}} | {spec:{volumes:[{name:v,$retainKeys:[name,hostPath],hostPath:{path:z}}]}} | {spec:{volumes:[{name:v,hostPath:{path:z}}]}}
          """)
  void pods(String name, String original, String patch, String expected) throws PatchException {
    assertThat(apply("Pod", original, patch)).as(name).isEqualTo(tree(expected));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          not an object       | [1] | json: cannot unmarshal array into Go value of type map[string]interface {}
          without merge key   | {spec:{ports:[{name:x}]}} | map: map[name:x] does not contain declared merge key: port
          mixed elements      | {spec:{ports:[1]}} | list element types are not identical
          unknown directive   | {$patch:foo} | unknown patch type: foo in map: map[$patch:foo]
          unknown in element  | {spec:{ports:[{$patch:foo,port:1}]}} | unknown patch type: foo in map: map[$patch:foo port:1]
          merge directive     | {spec:{ports:[{$patch:merge,port:1}]}} | merging lists cannot yet be specified in the patch
          order misses element| {spec:{'$setElementOrder/ports':[{port:1}],ports:[{port:80,name:b}]}} | doesn't match $setElementOrder list
          retained keys miss  | {spec:{$retainKeys:[a],b:1}} | must contain all fields present in the patch object
          """)
  void refused(String name, String patch, String message) {
    assertThatThrownBy(() -> apply("Service", ABC, patch))
        .as(name)
        .isInstanceOfSatisfying(PatchException.class, e -> assertThat(e.code()).isEqualTo(400))
        .hasMessageContaining(message);
  }

  private static JsonNode apply(String kind, String original, String patch) throws PatchException {
    ObjectSchema schema = Objects.requireNonNull(Schemas.get().kind("", "v1", kind));
    ObjectNode before = (ObjectNode) tree(original);
    ObjectNode kept = before.deepCopy();
    JsonNode result = StrategicMergePatch.apply(before, tree(patch), schema);
    assertThat(before).as("the original stays as it is").isEqualTo(kept);
    return result;
  }

  /** JSON without quotes around words. */
  private static JsonNode tree(String relaxed) {
    String json = relaxed.replaceAll("'?([$A-Za-z][$A-Za-z/]*)'?", "\"$1\"");
    return JsonMapper.shared().readTree(json.replace("\"null\"", "null"));
  }
}
