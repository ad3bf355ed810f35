// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

import dev.fairway.ingress.route.BackendPort;
import dev.fairway.ingress.route.BackendProtocol;
import dev.fairway.ingress.route.BackendTls;
import dev.fairway.ingress.route.Balancing;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.route.VariableText;
import dev.fairway.service.ServiceName;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The URL of another service, with variables.
 *
 * @param upstream the Service of the cluster that the name is of, or null for another name
 */
record ServiceUrl(@Nullable UpstreamSpec upstream, VariableText authority, VariableText target) {
  private static final Pattern URL =
      Pattern.compile(
          "(?<scheme>https?)://(?<host>[A-Za-z0-9._${}-]+)(?::(?<port>[0-9]{1,5}))?"
              + "(?<target>[/?][A-Za-z0-9._~:/?\\[\\]@!$&'()*+,;=%{}-]*)?");
  private static final Pattern CLUSTER_NAME =
      Pattern.compile("([a-z0-9-]+)\\.([a-z0-9-]+)\\.svc(?:\\.[a-z0-9.-]+)?\\.?");

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException where it is none, with what is allowed
   */
  static ServiceUrl parse(String text) {
    Matcher matcher = URL.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("a URL with http or https");
    }
    boolean tls = matcher.group("scheme").equals("https");
    String host = matcher.group("host");
    String portText = matcher.group("port");
    int port = portText == null ? (tls ? 443 : 80) : Integer.parseInt(portText);
    String rest = matcher.group("target");
    String target = rest == null ? "/" : rest.startsWith("?") ? "/" + rest : rest;
    Matcher name = CLUSTER_NAME.matcher(host);
    UpstreamSpec upstream = null;
    if (name.matches()) {
      BackendPort backend =
          new BackendPort(new ServiceName(name.group(2), name.group(1)), "", port);
      BackendTls encryption = tls ? new BackendTls(host, false, "", List.of(), null) : null;
      upstream =
          new UpstreamSpec(backend, BackendProtocol.HTTP1, encryption, Balancing.ROUND_ROBIN);
    }
    String authority = portText == null ? host : host + ":" + portText;
    return new ServiceUrl(upstream, VariableText.compile(authority), VariableText.compile(target));
  }
}
