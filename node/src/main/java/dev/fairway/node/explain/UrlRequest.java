// SPDX-License-Identifier: Apache-2.0
package dev.fairway.node.explain;

import dev.fairway.ingress.IngressOptions;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.translate.TranslatorOptions;
import dev.fairway.kube.api.ConfigMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to the gateway beside its URL.
 *
 * @param headers each as {@code Name: value}
 * @param translator which Ingresses the gateway serves, and how it reads them
 * @param config the ConfigMap of the gateway, or null
 */
public record UrlRequest(
    String method, List<String> headers, TranslatorOptions translator, @Nullable ConfigMap config) {
  /** A GET without fields to the gateway as it is by default. */
  public static final UrlRequest DEFAULT =
      new UrlRequest(
          "GET",
          List.of(),
          TranslatorOptions.of(IngressOptions.CLASS_NAME, IngressOptions.CONTROLLER));

  /** To a gateway without a ConfigMap. */
  public UrlRequest(String method, List<String> headers, TranslatorOptions translator) {
    this(method, headers, translator, null);
  }

  /**
   * A request.
   *
   * @throws IllegalArgumentException where the method or a header field is none
   */
  public UrlRequest {
    headers = List.copyOf(headers);
    if (!method.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}")) {
      throw new IllegalArgumentException("'" + method + "' is no method");
    }
    for (String header : headers) {
      if (!header.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+:[\\x20-\\x7e\\t]*")) {
        throw new IllegalArgumentException("'" + header + "': expected 'Name: value'");
      }
    }
  }

  /** The same to a gateway with a ConfigMap, or with none. */
  public UrlRequest configuredBy(@Nullable ConfigMap other) {
    return new UrlRequest(method, headers, translator, other);
  }

  HttpFields fields() {
    HttpFields fields = new HttpFields();
    for (String header : headers) {
      int colon = header.indexOf(':');
      fields.add(header.substring(0, colon), header.substring(colon + 1).strip());
    }
    return fields;
  }
}
