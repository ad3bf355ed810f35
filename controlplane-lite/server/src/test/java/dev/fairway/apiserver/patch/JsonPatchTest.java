// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * RFC 6902, most rows from its appendix A, and RFC 7386, all rows of its appendix A that have an
 * object.
 */
class JsonPatchTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          A.1 add a member        | {'foo':'bar'} | [{'op':'add','path':'/baz','value':'qux'}] | {'baz':'qux','foo':'bar'}
          A.2 add an element      | {'foo':['bar','baz']} | [{'op':'add','path':'/foo/1','value':'qux'}] | {'foo':['bar','qux','baz']}
          A.3 remove a member     | {'baz':'qux','foo':'bar'} | [{'op':'remove','path':'/baz'}] | {'foo':'bar'}
          A.4 remove an element   | {'foo':['bar','qux','baz']} | [{'op':'remove','path':'/foo/1'}] | {'foo':['bar','baz']}
          A.5 replace             | {'baz':'qux','foo':'bar'} | [{'op':'replace','path':'/baz','value':'boo'}] | {'baz':'boo','foo':'bar'}
          A.6 move a member       | {'foo':{'bar':'baz','waldo':'fred'},'qux':{'corge':'grault'}} | [{'op':'move','from':'/foo/waldo','path':'/qux/thud'}] | {'foo':{'bar':'baz'},'qux':{'corge':'grault','thud':'fred'}}
          A.7 move an element     | {'foo':['all','grass','cows','eat']} | [{'op':'move','from':'/foo/1','path':'/foo/3'}] | {'foo':['all','cows','eat','grass']}
          A.8 test                | {'baz':'qux','foo':['a',2,'c']} | [{'op':'test','path':'/baz','value':'qux'},{'op':'test','path':'/foo/1','value':2.0}] | {'baz':'qux','foo':['a',2,'c']}
          A.10 add an object      | {'foo':'bar'} | [{'op':'add','path':'/child','value':{'grandchild':{}}}] | {'foo':'bar','child':{'grandchild':{}}}
          A.11 unknown members    | {'foo':'bar'} | [{'op':'add','path':'/baz','value':'qux','xyz':123}] | {'foo':'bar','baz':'qux'}
          A.14 escapes            | {'/':9,'~1':10} | [{'op':'test','path':'/~01','value':10},{'op':'remove','path':'/~1'}] | {'~1':10}
          A.16 add to the end     | {'foo':['bar']} | [{'op':'add','path':'/foo/-','value':['abc','def']}] | {'foo':['bar',['abc','def']]}
          copy                    | {'a':{'b':1}} | [{'op':'copy','from':'/a','path':'/c'},{'op':'add','path':'/c/d','value':2}] | {'a':{'b':1},'c':{'b':1,'d':2}}
          add replaces            | {'a':1} | [{'op':'add','path':'/a','value':2}] | {'a':2}
          whole document          | {'a':1} | [{'op':'replace','path':'','value':{'b':2}}] | {'b':2}
          """)
  void applies(String name, String document, String patch, String expected) throws PatchException {
    JsonNode before = tree(document);
    assertThat(JsonPatch.apply(before, tree(patch))).as(name).isEqualTo(tree(expected));
    assertThat(before).as("the original stays as it is").isEqualTo(tree(document));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          A.9 test fails          | [{'op':'test','path':'/a','value':'x'}] | 422
          A.12 missing parent     | [{'op':'add','path':'/x/y','value':1}] | 422
          test of nothing         | [{'op':'test','path':'/x','value':1}] | 422
          test string and number  | [{'op':'test','path':'/a','value':'1'}] | 422
          remove of nothing       | [{'op':'remove','path':'/x'}] | 422
          replace of nothing      | [{'op':'replace','path':'/x','value':1}] | 422
          index out of bounds     | [{'op':'add','path':'/l/3','value':1}] | 422
          index with leading zero | [{'op':'add','path':'/l/01','value':1}] | 422
          index negative          | [{'op':'add','path':'/l/-1','value':1}] | 422
          dash means no element   | [{'op':'remove','path':'/l/-'}] | 422
          into itself             | [{'op':'move','from':'/o','path':'/o/p'}] | 422
          unknown operation       | [{'op':'foo','path':'/a'}] | 422
          no path                 | [{'op':'add','value':1}] | 422
          no value                | [{'op':'add','path':'/a'}] | 422
          bad pointer             | [{'op':'add','path':'a','value':1}] | 422
          not a list              | {'op':'add'} | 400
          not an operation        | [1] | 400
          """)
  void refuses(String name, String patch, int code) {
    assertThatThrownBy(() -> JsonPatch.apply(tree("{'a':1,'l':[1,2],'o':{}}"), tree(patch)))
        .as(name)
        .isInstanceOfSatisfying(PatchException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void tooManyOperationsAreRefusedAsTooLarge() {
    ArrayNode patch = JsonNodeFactory.instance.arrayNode();
    JsonNode operation = tree("{'op':'test','path':'/a','value':1}");
    for (int i = 0; i <= JsonPatch.MAX_OPERATIONS; i++) {
      patch.add(operation);
    }
    assertThatThrownBy(() -> JsonPatch.apply(tree("{'a':1}"), patch))
        .isInstanceOfSatisfying(PatchException.class, e -> assertThat(e.code()).isEqualTo(413))
        .hasMessage("The allowed maximum operations in a JSON patch is 10000, got 10001");
  }

  @Test
  void doublingCopiesAreRefusedBeforeTheyFillTheHeap() {
    ArrayNode patch = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < 40; i++) {
      patch.add(tree("{'op':'copy','from':'/a','path':'/a/x" + i + "'}"));
    }
    assertThatThrownBy(() -> JsonPatch.apply(tree("{'a':{}}"), patch))
        .isInstanceOfSatisfying(PatchException.class, e -> assertThat(e.code()).isEqualTo(413));
  }

  @ParameterizedTest(name = "{0} + {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'a':'b'} | {'a':'c'} | {'a':'c'}
          {'a':'b'} | {'b':'c'} | {'a':'b','b':'c'}
          {'a':'b'} | {'a':null} | {}
          {'a':'b','b':'c'} | {'a':null} | {'b':'c'}
          {'a':['b']} | {'a':'c'} | {'a':'c'}
          {'a':'c'} | {'a':['b']} | {'a':['b']}
          {'a':{'b':'c'}} | {'a':{'b':'d','c':null}} | {'a':{'b':'d'}}
          {'a':[{'b':'c'}]} | {'a':[1]} | {'a':[1]}
          {'e':null} | {'a':1} | {'e':null,'a':1}
          {} | {'a':{'bb':{'ccc':null}}} | {'a':{'bb':{}}}
          """)
  void mergePatch(String target, String patch, String expected) throws PatchException {
    assertThat(MergePatch.apply((ObjectNode) tree(target), tree(patch))).isEqualTo(tree(expected));
  }

  @Test
  void mergePatchMustBeAnObject() {
    assertThatThrownBy(() -> MergePatch.apply((ObjectNode) tree("{}"), tree("[1]")))
        .hasMessage(
            "error decoding patch: json: cannot unmarshal array into Go value of type"
                + " map[string]interface {}");
  }

  private static JsonNode tree(String json) {
    return JsonMapper.shared().readTree(json.replace('\'', '"'));
  }
}
