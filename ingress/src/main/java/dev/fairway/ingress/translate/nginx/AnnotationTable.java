// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

/** The rows of {@link AnnotationCatalog}: name, yes, differs, no or refused, what it does here. */
final class AnnotationTable {
  static final String TEXT =
      """
      affinity | yes | `cookie`: requests of a client stay with an endpoint
      affinity-canary-behavior | yes | `sticky` or `legacy`: whether the cookie also holds clients of a canary
      affinity-mode | yes | `balanced` or `persistent`
      allow-encoded-slashes | yes | our own: `%2F` and `%5C` in paths pass although addresses, authentication or certificates of clients guard them; else 400
      allowlist-source-range | yes | other clients get 403; also `whitelist-source-range`
      app-root | yes | GET of `/` is answered 302
      auth-always-set-cookie | yes | cookies of the auth service also with responses that are errors
      auth-cache-duration | yes | how long answers of the auth service are kept, by status
      auth-cache-key | yes | answers of the auth service are kept by this text of variables
      auth-keepalive | differs | connections to the auth service are always kept
      auth-keepalive-requests | differs | see auth-keepalive
      auth-keepalive-share-vars | differs | variables are never shared
      auth-keepalive-timeout | differs | see auth-keepalive
      auth-method | yes | method of the request to the auth service
      auth-proxy-set-headers | no | names a ConfigMap, which the gateway does not read
      auth-realm | yes | realm of basic authentication
      auth-request-redirect | yes | value of X-Auth-Request-Redirect
      auth-response-headers | yes | header fields of the auth service's answer that the backend gets
      auth-secret | yes | Secret of the users; another namespace only where the gateway allows it
      auth-secret-type | yes | `auth-file` (htpasswd in the key `auth`) or `auth-map` (user: hash)
      auth-signin | yes | where clients are sent that the auth service answers 401
      auth-signin-redirect-param | yes | parameter with the URL they came for, `rd` by default
      auth-snippet | refused | raw configuration of nginx
      auth-tls-error-page | yes | where clients are sent whose certificate fails
      auth-tls-match-cn | yes | expression for the subject of client certificates; others get 403
      auth-tls-pass-certificate-to-upstream | yes | the backend gets the certificate in ssl-client-cert
      auth-tls-secret | differs | CA certificates of clients (`ca.crt`), for the whole host, which needs a certificate of its own; with lists of revoked ones (`ca.crl`) every issuer must have one
      auth-tls-verify-client | yes | `on`, `off`, `optional` or `optional_no_ca`
      auth-tls-verify-depth | yes | length of the chains of client certificates
      auth-type | differs | `basic`; paths with `digest`, which is MD5, answer 503
      auth-url | differs | every request is first put to this service: one of the cluster (`name.namespace.svc`) or a host of this gateway; others are not asked, which is no permission
      backend-protocol | differs | `HTTP`, `HTTPS`, `GRPC`, `GRPCS`; `AUTO_HTTP` is HTTP; paths with `FCGI` answer 503
      canary | yes | the paths take part of the requests of the same paths of another Ingress
      canary-by-cookie | yes | cookie with `always` or `never`
      canary-by-header | yes | header field with `always` or `never`, or a value of one's own
      canary-by-header-pattern | yes | expression for the value of the header field
      canary-by-header-value | yes | the value of the header field
      canary-weight | yes | share of the requests that nothing else decides
      canary-weight-total | yes | what the weight is a share of
      client-body-buffer-size | differs | bodies are streamed
      configuration-snippet | refused | raw configuration of nginx
      connection-proxy-header | differs | the Connection field of requests is always the gateway's own
      cors-allow-credentials | yes | Access-Control-Allow-Credentials
      cors-allow-headers | yes | Access-Control-Allow-Headers
      cors-allow-methods | yes | Access-Control-Allow-Methods
      cors-allow-origin | yes | origins, one label may be `*`
      cors-expose-headers | yes | Access-Control-Expose-Headers
      cors-max-age | yes | Access-Control-Max-Age
      custom-headers | no | names a ConfigMap, which the gateway does not read
      custom-http-errors | differs | responses with these statuses are replaced by pages of default-backend, which must be named; never those of guards, nor before the request has arrived
      default-backend | yes | Service for error pages and while the backend has no endpoint
      denylist-source-range | yes | these clients get 403
      disable-proxy-intercept-errors | yes | turns custom-http-errors off
      eject-after | yes | our own: failures in a row after which an endpoint is left out for a while, 5; 0: never
      enable-access-log | yes | "false" keeps requests out of the access log
      enable-cors | yes | cross-origin requests; preflights are answered 204
      enable-global-auth | yes | whether global-auth-url of the ConfigMap holds
      enable-modsecurity | no | there is no web application firewall
      enable-opentelemetry | differs | all requests are traced where the gateway has a collector; "false": what clients say of traces passes through as it is
      enable-owasp-core-rules | no | there is no web application firewall
      enable-rewrite-log | differs | `fairway explain` tells how a URL is rewritten
      endpoint-max-requests | yes | our own: requests at a time of each endpoint, 1024; more wait
      fastcgi-index | no | FastCGI is not spoken
      fastcgi-params-configmap | no | FastCGI is not spoken
      force-ssl-redirect | yes | plain HTTP is redirected even without a certificate
      from-to-www-redirect | yes | `www.` and the name without it are redirected to the one that is served
      health-check-interval | yes | our own: seconds between two probes of an endpoint, 10
      health-check-path | yes | our own: endpoints are probed by a GET of it; three failures take one out
      health-check-timeout | yes | our own: seconds that a probe may take, 5
      http2-push-preload | differs | browsers have given up server push
      limit-allowlist | yes | clients without limits; also `limit-whitelist`
      limit-burst-multiplier | yes | burst as a multiple of the rate, 5 by default
      limit-connections | yes | requests of one client at a time; more get 503
      limit-rate | yes | KiB per second that the body of a response may have; 0: no limit
      limit-rate-after | yes | so many KiB go without that limit
      limit-rpm | yes | requests of one client a minute; more get 503
      limit-rps | yes | requests of one client a second; more get 503
      load-balance | yes | `round_robin`, `ewma`, `least_request` or `random`; with `upstream-hash-by` also `maglev`
      max-pending-requests | yes | our own: requests that may wait for an endpoint, 1024; more get 503
      mirror-host | yes | Host of the copies; that of the request by default
      mirror-request-body | differs | copies always have the body
      mirror-target | differs | requests are copied to this Service of the cluster, with the path that the backend gets
      modsecurity-snippet | refused | raw configuration of ModSecurity
      modsecurity-transaction-id | no | there is no web application firewall
      opentelemetry-operation-name | no | spans are named by method and path of the rule
      opentelemetry-trust-incoming-span | differs | whether traces of clients continue; by default those of trusted proxies do, others are linked to new ones
      permanent-redirect | yes | everything is redirected
      permanent-redirect-code | yes | 301 by default
      preserve-trailing-slash | yes | keeps the slash in the redirect to HTTPS where compat=ingress-nginx
      proxy-body-size | yes | larger requests get 413; no limit by default, 1m where compat=ingress-nginx
      proxy-buffer-size | differs | heads of responses may have 32 KiB
      proxy-buffering | differs | bodies are streamed
      proxy-buffers-number | differs | bodies are streamed
      proxy-busy-buffers-size | differs | bodies are streamed
      proxy-connect-timeout | yes | seconds to connect, 5 by default
      proxy-cookie-domain | yes | domain of the backend's cookies
      proxy-cookie-path | yes | path of the backend's cookies
      proxy-http-version | differs | 1.1 always
      proxy-max-temp-file-size | differs | bodies are streamed
      proxy-next-upstream | yes | which failures are tried again on another endpoint
      proxy-next-upstream-timeout | yes | no further attempt after these seconds
      proxy-next-upstream-tries | yes | attempts in all, 3 by default
      proxy-read-timeout | yes | seconds of silence of the backend, 60 by default
      proxy-redirect-from | yes | Location fields of the backend that begin so ...
      proxy-redirect-to | yes | ... begin so instead
      proxy-request-buffering | differs | bodies are streamed
      proxy-send-timeout | yes | seconds in which the backend takes no byte, 60 by default
      proxy-ssl-ciphers | differs | the ciphers of the gateway
      proxy-ssl-name | yes | name in the backend's certificate
      proxy-ssl-protocols | differs | TLS 1.2 and 1.3
      proxy-ssl-secret | yes | CA (`ca.crt`) and client certificate (`tls.crt`, `tls.key`) for the backend
      proxy-ssl-server-name | yes | whether the name is sent as SNI
      proxy-ssl-verify | yes | `on`: the backend's certificate must be valid
      proxy-ssl-verify-depth | differs | chains may have the length that Java allows
      relative-redirects | yes | redirects without scheme and host
      rewrite-target | yes | the path that the backend gets, with `$1` to `$9`
      satisfy | yes | `any`: one of addresses and authentication is enough
      server-alias | yes | further hosts, where no rule names them
      server-snippet | refused | raw configuration of nginx
      service-upstream | differs | requests go to endpoints, which is what the Service would do
      session-cookie-change-on-failure | yes | another endpoint after a failure is kept
      session-cookie-conditional-samesite-none | yes | no `SameSite=None` for browsers that misread it
      session-cookie-domain | yes | Domain of the cookie
      session-cookie-expires | yes | Expires of the cookie, seconds from now
      session-cookie-max-age | yes | Max-Age of the cookie
      session-cookie-name | yes | `INGRESSCOOKIE` by default
      session-cookie-partitioned | yes | Partitioned of the cookie
      session-cookie-path | yes | Path of the cookie; needed with expressions
      session-cookie-samesite | yes | `None`, `Lax` or `Strict`
      session-cookie-secure | yes | Secure of the cookie; without it, where the request came over HTTPS
      slow-start | yes | our own: seconds in which a new endpoint comes to its full share, 30; 0: at once
      ssl-ciphers | no | the ciphers of the gateway
      ssl-passthrough | yes | with `--enable-ssl-passthrough`: the backend of `/` ends the TLS of the host; the annotations hold for plain HTTP alone
      ssl-prefer-server-ciphers | differs | ciphers are all strong
      ssl-redirect | yes | plain HTTP is redirected where the host has TLS; default: class nginx and compat
      stream-snippet | refused | raw configuration of nginx
      temporal-redirect | yes | everything is redirected, before permanent-redirect
      temporal-redirect-code | yes | 302 by default
      upstream-hash-by | yes | requests with the same text of variables go to one endpoint
      upstream-hash-by-subset | differs | requests with the same text go to some endpoints, at random: those that are next to the text, not fixed groups
      upstream-hash-by-subset-size | yes | how many endpoints, 1 to 64, 3 by default
      upstream-vhost | yes | Host that the backend gets
      use-port-in-redirects | differs | redirects name the port where it is not 443
      use-regex | yes | ImplementationSpecific paths are expressions (RE2), in any case
      x-forwarded-prefix | yes | X-Forwarded-Prefix where the path is rewritten
      """;

  private AnnotationTable() {}
}
