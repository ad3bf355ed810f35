// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.codec;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import dev.fairway.kube.api.EndpointSlice;
import dev.fairway.kube.api.IntOrString;
import dev.fairway.kube.api.Lease;
import dev.fairway.kube.api.ObjectMeta;
import dev.fairway.kube.api.Pod;
import dev.fairway.kube.api.PodTemplate;
import dev.fairway.kube.api.ReplicaSet;
import dev.fairway.kube.api.Service;
import dev.fairway.kube.api.gateway.BackendTlsPolicy;
import dev.fairway.kube.api.gateway.Gateway;
import dev.fairway.kube.api.gateway.HttpFilter;
import dev.fairway.kube.api.gateway.RouteStatus;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.cfg.MutableConfigOverride;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** How the records map to JSON, decided from their component types alone. */
final class KubeMapper {
  private KubeMapper() {}

  static JsonMapper build() {
    SimpleModule module = new SimpleModule("fairway-kube");
    module.addSerializer(Instant.class, new ScalarCodecs.TimeWriter());
    module.addDeserializer(Instant.class, new ScalarCodecs.TimeReader());
    module.addSerializer(IntOrString.class, new ScalarCodecs.IntOrStringWriter());
    module.addDeserializer(IntOrString.class, new ScalarCodecs.IntOrStringReader());
    module.addSerializer(PodTemplate.class, new ScalarCodecs.PodTemplateWriter());
    module.addDeserializer(PodTemplate.class, new ScalarCodecs.PodTemplateReader());
    module.addSerializer(Long.class, new ScalarCodecs.LongWriter());
    module.addSerializer(long.class, new ScalarCodecs.LongWriter());
    module.addDeserializer(ObjectMeta.class, new ObjectMetaDecoder());
    module.addDeserializer(EndpointSlice.class, new EndpointSliceDecoder());
    return JsonMapper.builder()
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .withConfigOverride(List.class, KubeMapper::withoutNulls)
        .withConfigOverride(Map.class, KubeMapper::withoutNulls)
        .changeDefaultVisibility(checker ->
            checker.withVisibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE))
        .annotationIntrospector(new RecordRules())
        .addModule(module)
        .addMixIn(Gateway.FrontendTls.class, DefaultByKeyword.class)
        .build();
  }

  /** The one field of the API whose name is no name in Java. */
  private interface DefaultByKeyword {
    @JsonProperty("default")
    Gateway.@Nullable TlsConfig byDefault();
  }

  private static void withoutNulls(MutableConfigOverride override) {
    override.setNullHandling(JsonSetter.Value.forContentNulls(Nulls.SKIP));
  }

  /**
   * Which values are written: never null; primitives and plain strings only if not zero, lists and
   * maps only if not empty; boxed and {@code @Nullable} values whenever they are there, because
   * their absence means something.
   */
  private static final class RecordRules extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    /** Fields that Kubernetes writes even where they are zero. */
    private static final Map<Class<?>, Set<String>> ALWAYS =
        Map.ofEntries(
            Map.entry(
                Pod.ContainerStatus.class, Set.of("ready", "restartCount", "image", "imageID")),
            Map.entry(Pod.Terminated.class, Set.of("exitCode")),
            Map.entry(Pod.ContainerPort.class, Set.of("containerPort")),
            Map.entry(Pod.Grpc.class, Set.of("port")),
            Map.entry(Pod.Sleep.class, Set.of("seconds")),
            Map.entry(Pod.HttpHeader.class, Set.of("value")),
            Map.entry(Service.Port.class, Set.of("port")),
            Map.entry(ReplicaSet.Status.class, Set.of("replicas")),
            Map.entry(
                Gateway.ListenerStatus.class,
                Set.of("supportedKinds", "attachedRoutes", "conditions")),
            Map.entry(HttpFilter.Header.class, Set.of("value")),
            Map.entry(HttpFilter.Fraction.class, Set.of("numerator")),
            Map.entry(RouteStatus.class, Set.of("parents")),
            Map.entry(BackendTlsPolicy.Status.class, Set.of("ancestors")));

    @Override
    public JsonInclude.Value findPropertyInclusion(MapperConfig<?> config, Annotated annotated) {
      if (!(annotated instanceof AnnotatedMember member)
          || !member.getDeclaringClass().isRecord()) {
        return super.findPropertyInclusion(config, annotated);
      }
      JsonInclude.Include include = include(member);
      return JsonInclude.Value.construct(include, JsonInclude.Include.ALWAYS);
    }

    private static JsonInclude.Include include(AnnotatedMember member) {
      Class<?> owner = member.getDeclaringClass();
      if (ALWAYS.getOrDefault(owner, Set.of()).contains(member.getName())) {
        return JsonInclude.Include.ALWAYS;
      }
      Class<?> type = member.getRawType();
      if (type.isPrimitive()) {
        return JsonInclude.Include.NON_DEFAULT;
      }
      if (Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type)) {
        return JsonInclude.Include.NON_EMPTY;
      }
      return type == String.class && !isNullable(owner, member.getName())
          ? JsonInclude.Include.NON_EMPTY
          : JsonInclude.Include.NON_NULL;
    }

    private static boolean isNullable(Class<?> owner, String component) {
      for (RecordComponent candidate : owner.getRecordComponents()) {
        if (candidate.getName().equals(component)) {
          return candidate.getAnnotatedType().isAnnotationPresent(Nullable.class);
        }
      }
      return true;
    }

    @Override
    public @Nullable Object findSerializer(MapperConfig<?> config, Annotated annotated) {
      if (annotated instanceof AnnotatedMember member
          && member.getDeclaringClass() == Lease.Spec.class
          && member.getRawType() == Instant.class) {
        return ScalarCodecs.MicroTimeWriter.class;
      }
      return super.findSerializer(config, annotated);
    }
  }
}
