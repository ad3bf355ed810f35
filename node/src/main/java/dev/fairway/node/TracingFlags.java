// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node;

import dev.fairway.ingress.otlp.OtlpOptions;
import dev.fairway.ingress.otlp.TracingOptions;
import dev.fairway.ingress.trace.Tracer;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which requests are traced, and where their spans go. */
final class TracingFlags {
  @Option(
      names = "--otlp-endpoint",
      paramLabel = "URL",
      description =
          "Trace requests and send their spans to this collector of OpenTelemetry, such as"
              + " http://collector:4318 (default: off, what clients say of traces passes through).")
  private @Nullable URI endpoint;

  @Option(
      names = "--otlp-headers",
      paramLabel = "NAME=VALUE",
      split = ",",
      description = "Header fields of requests to the collector, for its keys.")
  private Map<String, String> headers = Map.of();

  @Option(
      names = "--otlp-service-name",
      paramLabel = "NAME",
      defaultValue = "fairway-ingress",
      description = "What spans say they come from (default: ${DEFAULT-VALUE}).")
  private String serviceName = "fairway-ingress";

  @Option(
      names = "--trace-sample-ratio",
      paramLabel = "RATIO",
      defaultValue = "0.01",
      description =
          "The share of new traces whose spans are sent, 0 to 1; of others the client decides"
              + " (default: ${DEFAULT-VALUE}).")
  private double ratio = Tracer.Options.DEFAULT.ratio();

  @Option(
      names = "--trust-trace-context",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Continue the traces of all clients, not of trusted proxies alone; others are linked to"
              + " new traces (default: false).")
  private boolean trustsAll;

  /** The tracing that is asked for, or null. */
  @Nullable TracingOptions tracing(CommandSpec spec, Map<String, String> environment) {
    Tracer.Options traces;
    try {
      traces = new Tracer.Options(ratio, trustsAll);
      return endpoint == null
          ? null
          : new TracingOptions(traces, OtlpOptions.of(endpoint, headers, resource(environment)));
    } catch (IllegalArgumentException wrong) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--otlp-endpoint, --trace-sample-ratio: " + wrong.getMessage());
    }
  }

  /** Who we are, by the names of OpenTelemetry. */
  private Map<String, String> resource(Map<String, String> environment) {
    Map<String, String> resource = new LinkedHashMap<>();
    resource.put("service.name", serviceName);
    resource.put("telemetry.sdk.name", "fairway");
    resource.put("telemetry.sdk.language", "java");
    String pod = environment.get("POD_NAME");
    if (pod != null) {
      resource.put("service.instance.id", pod);
      resource.put("k8s.pod.name", pod);
    }
    String namespace = environment.get("POD_NAMESPACE");
    if (namespace != null) {
      resource.put("k8s.namespace.name", namespace);
    }
    return resource;
  }
}
