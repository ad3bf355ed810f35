// SPDX-License-Identifier: Apache-2.0
package dev.fairway.kube.api.gateway;

import dev.fairway.kube.api.Absent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A filter of an HTTPRoute or GRPCRoute; the component that {@code type} names is set.
 *
 * @param type RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, URLRewrite,
 *     RequestMirror, CORS, ExternalAuth or ExtensionRef
 */
public record HttpFilter(
    String type,
    @Nullable HeaderModifier requestHeaderModifier,
    @Nullable HeaderModifier responseHeaderModifier,
    @Nullable Mirror requestMirror,
    @Nullable Redirect requestRedirect,
    @Nullable Rewrite urlRewrite,
    @Nullable Cors cors,
    @Nullable ObjectRef extensionRef) {
  public HttpFilter {
    type = Absent.asEmpty(type);
  }

  /** Header fields to set, to add and to remove, in this order. */
  public record HeaderModifier(List<Header> set, List<Header> add, List<String> remove) {
    public HeaderModifier {
      set = Absent.asEmpty(set);
      add = Absent.asEmpty(add);
      remove = Absent.asEmpty(remove);
    }
  }

  /** A header field. */
  public record Header(String name, String value) {
    public Header {
      name = Absent.asEmpty(name);
      value = Absent.asEmpty(value);
    }
  }

  /**
   * Copies of requests for a second backend.
   *
   * @param percent 0 to 100; null where {@code fraction} or everything is meant
   */
  public record Mirror(
      @Nullable BackendReference backendRef,
      @Nullable Integer percent,
      @Nullable Fraction fraction) {}

  /**
   * A share.
   *
   * @param denominator 100 where absent
   */
  public record Fraction(int numerator, @Nullable Integer denominator) {}

  /** Parts of the URL that clients are sent to; absent parts stay as requested. */
  public record Redirect(
      @Nullable String scheme,
      @Nullable String hostname,
      @Nullable PathModifier path,
      @Nullable Integer port,
      @Nullable Integer statusCode) {}

  /** Host and path that the backend gets to see. */
  public record Rewrite(@Nullable String hostname, @Nullable PathModifier path) {}

  /**
   * A change of the path.
   *
   * @param type ReplaceFullPath or ReplacePrefixMatch
   */
  public record PathModifier(
      String type, @Nullable String replaceFullPath, @Nullable String replacePrefixMatch) {
    public PathModifier {
      type = Absent.asEmpty(type);
    }
  }

  /**
   * What scripts of other origins may do.
   *
   * @param maxAge seconds; 5 where absent
   */
  public record Cors(
      List<String> allowOrigins,
      @Nullable Boolean allowCredentials,
      List<String> allowMethods,
      List<String> allowHeaders,
      List<String> exposeHeaders,
      @Nullable Integer maxAge) {
    public Cors {
      allowOrigins = Absent.asEmpty(allowOrigins);
      allowMethods = Absent.asEmpty(allowMethods);
      allowHeaders = Absent.asEmpty(allowHeaders);
      exposeHeaders = Absent.asEmpty(exposeHeaders);
    }
  }
}
