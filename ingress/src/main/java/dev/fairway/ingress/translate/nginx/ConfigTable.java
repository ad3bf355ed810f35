// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.translate.nginx;

/**
 * The rows of {@link ConfigCatalog}: name, yes, start (yes, but only when the gateway starts),
 * differs, no or refused, what it does here.
 */
final class ConfigTable {
  static final String TEXT =
      """
      access-log-params | no | see `--access-log`
      access-log-path | no | see `--access-log`
      add-headers | no | names another ConfigMap, which the gateway does not read
      allow-backend-server-header | no | the Server field is the gateway's own
      allow-cross-namespace-resources | no | see `--allow-foreign-secrets`
      allow-snippet-annotations | refused | raw configuration of nginx
      annotation-value-word-blocklist | differs | values of annotations are never pasted into configuration text
      annotations-risk-level | differs | raw configuration is refused whatever this says; no other annotation reaches beyond its Ingress
      bind-address | no | see `--bind`
      block-cidrs | yes | these clients get 403, whatever annotations say
      block-referers | no | requests are not judged by their Referer field
      block-user-agents | no | requests are not judged by their User-Agent field
      brotli-level | no | responses are not compressed
      brotli-min-length | no | responses are not compressed
      brotli-types | no | responses are not compressed
      client-body-buffer-size | differs | bodies are streamed
      client-body-timeout | start | seconds of silence within a body of a request
      client-header-buffer-size | differs | header fields may have 32 KiB
      client-header-timeout | start | seconds in which the header fields must arrive
      compute-full-forwarded-for | differs | X-Forwarded-For of trusted clients is always continued
      custom-http-errors | differs | for Ingresses with default-backend that have no list of their own
      debug-connections | no | see `--access-log`
      default-type | no | nothing is served from files
      denylist-source-range | yes | for Ingresses without a list of their own
      disable-access-log | no | see `--access-log`
      disable-ipv6 | no | see `--bind`
      disable-ipv6-dns | no | names are resolved for both families
      enable-access-log-for-default-backend | no | see `--access-log`
      enable-aio-write | no | nothing is written to files
      enable-brotli | no | responses are not compressed, see use-gzip
      enable-modsecurity | no | there is no web application firewall
      enable-multi-accept | differs | connections are accepted as they come
      enable-opentelemetry | no | tracing is a setting of the gateway
      enable-owasp-modsecurity-crs | no | there is no web application firewall
      enable-real-ip | differs | see use-forwarded-headers
      enable-syslog | no | see `--access-log`
      enable-underscores-in-headers | no | header fields with an underscore in their name are always dropped
      error-log-level | no | the log is written by the gateway's own rules
      error-log-path | no | the log goes to the standard error
      force-ssl-redirect | yes | plain HTTP is redirected even without a certificate, unless annotations say otherwise
      forwarded-for-header | no | the field is always X-Forwarded-For
      generate-request-id | differs | every request has an X-Request-ID
      global-allowed-response-headers | no | see custom-headers
      global-auth-always-set-cookie | yes | as the annotation auth-always-set-cookie
      global-auth-cache-duration | yes | as the annotation auth-cache-duration
      global-auth-cache-key | yes | as the annotation auth-cache-key
      global-auth-method | yes | as the annotation auth-method
      global-auth-request-redirect | yes | as the annotation auth-request-redirect
      global-auth-response-headers | yes | as the annotation auth-response-headers
      global-auth-signin | yes | as the annotation auth-signin
      global-auth-signin-redirect-param | yes | as the annotation auth-signin-redirect-param
      global-auth-snippet | refused | raw configuration of nginx
      global-auth-url | yes | as the annotation auth-url, for every path without one, unless enable-global-auth is false
      grpc-buffer-size-kb | differs | bodies are streamed
      gzip-disable | no | responses are not compressed
      gzip-level | no | responses are not compressed
      gzip-min-length | no | responses are not compressed
      gzip-types | no | responses are not compressed
      hide-headers | no | responses keep their fields
      hsts | yes | whether hosts with TLS send Strict-Transport-Security; default: where compat=ingress-nginx
      hsts-include-subdomains | yes | whether it holds for all names below; true by default
      hsts-max-age | yes | its seconds, 31536000 by default
      hsts-preload | yes | whether it says preload
      http-access-log-path | no | see `--access-log`
      http-redirect-code | yes | 301, 302, 307 or 308: status of redirects to HTTPS, 308 by default
      http-snippet | refused | raw configuration of nginx
      http2-max-concurrent-streams | no | 100 streams
      http2-max-field-size | no | header fields may have 32 KiB
      http2-max-header-size | no | header fields may have 32 KiB
      http2-max-requests | no | connections of HTTP/2 have no limit of requests
      ignore-invalid-headers | differs | requests with fields that are not valid are answered 400
      keep-alive | start | seconds that a connection may wait for its next request, 75 by default
      keep-alive-requests | start | requests of a connection; by default 1000, and 1,000,000 of HTTP/2 and HTTP/3
      large-client-header-buffers | differs | request lines may have 8 KiB, header fields 32 KiB
      limit-conn-status-code | yes | status where limit-connections is exceeded, 400 to 599, 503 by default
      limit-conn-zone-variable | no | clients are told apart by their address
      limit-rate | yes | as the annotation limit-rate
      limit-rate-after | yes | as the annotation limit-rate-after
      limit-req-status-code | yes | status where limit-rps or limit-rpm is exceeded, 400 to 599, 503 by default
      load-balance | yes | as the annotation load-balance
      location-snippet | refused | raw configuration of nginx
      log-format-escape-json | start | whether its values are escaped for JSON
      log-format-escape-none | no | lines of the access log are always escaped
      log-format-stream | no | streams are not logged
      log-format-upstream | start | lines of the access log where `--access-log-format` is not given; variables that are not known are told and stay empty
      lua-shared-dicts | differs | there is no Lua
      main-snippet | refused | raw configuration of nginx
      map-hash-bucket-size | differs | tables have the size that they need
      max-worker-connections | start | connections of the gateway, 50000 by default
      max-worker-open-files | differs | see the limit of the process
      modsecurity-snippet | refused | raw configuration of ModSecurity
      nginx-status-ipv4-whitelist | differs | see `--healthz-port`
      nginx-status-ipv6-whitelist | differs | see `--healthz-port`
      no-auth-locations | yes | paths of rules that begin so are not authenticated, /.well-known/acme-challenge by default
      no-tls-redirect-locations | yes | paths of rules that begin so are not redirected to HTTPS, /.well-known/acme-challenge by default
      opentelemetry-operation-name | no | tracing is a setting of the gateway
      opentelemetry-trust-incoming-span | no | tracing is a setting of the gateway
      otel-max-export-batch-size | no | tracing is a setting of the gateway
      otel-max-queuesize | no | tracing is a setting of the gateway
      otel-sampler | no | tracing is a setting of the gateway
      otel-sampler-parent-based | no | tracing is a setting of the gateway
      otel-sampler-ratio | no | tracing is a setting of the gateway
      otel-schedule-delay-millis | no | tracing is a setting of the gateway
      otel-service-name | no | tracing is a setting of the gateway
      otlp-collector-host | no | tracing is a setting of the gateway
      otlp-collector-port | no | tracing is a setting of the gateway
      proxy-add-original-uri-header | no | X-Original-URI is not sent
      proxy-body-size | yes | as the annotation proxy-body-size
      proxy-buffer-size | differs | heads of responses may have 32 KiB
      proxy-buffering | differs | bodies are streamed
      proxy-buffers-number | differs | bodies are streamed
      proxy-busy-buffers-size | differs | bodies are streamed
      proxy-connect-timeout | yes | as the annotation proxy-connect-timeout
      proxy-cookie-domain | no | by annotation only
      proxy-cookie-path | no | by annotation only
      proxy-headers-hash-bucket-size | differs | tables have the size that they need
      proxy-headers-hash-max-size | differs | tables have the size that they need
      proxy-max-temp-file-size | differs | bodies are streamed
      proxy-next-upstream | yes | as the annotation proxy-next-upstream
      proxy-next-upstream-timeout | yes | as the annotation proxy-next-upstream-timeout
      proxy-next-upstream-tries | yes | as the annotation proxy-next-upstream-tries
      proxy-protocol-header-timeout | differs | 5 s
      proxy-read-timeout | yes | as the annotation proxy-read-timeout
      proxy-real-ip-cidr | yes | who is meant by use-forwarded-headers and use-proxy-protocol; everybody by default
      proxy-redirect-from | no | by annotation only
      proxy-redirect-to | no | by annotation only
      proxy-request-buffering | differs | bodies are streamed
      proxy-send-timeout | yes | as the annotation proxy-send-timeout
      proxy-set-headers | no | names another ConfigMap, which the gateway does not read
      proxy-ssl-location-only | differs | certificates of backends are settings of their Ingress
      proxy-stream-next-upstream | no | ports of streams are those of Gateway API
      proxy-stream-next-upstream-timeout | no | ports of streams are those of Gateway API
      proxy-stream-next-upstream-tries | no | ports of streams are those of Gateway API
      proxy-stream-responses | no | ports of streams are those of Gateway API
      proxy-stream-timeout | no | ports of streams are those of Gateway API
      relative-redirects | yes | as the annotation relative-redirects
      retry-non-idempotent | yes | whether all methods are tried again, see proxy-next-upstream
      reuse-port | differs | one socket, several event loops
      server-name-hash-bucket-size | differs | tables have the size that they need
      server-name-hash-max-size | differs | tables have the size that they need
      server-snippet | refused | raw configuration of nginx
      server-tokens | differs | the Server field never has a version
      service-upstream | differs | requests go to endpoints, which is what the Service would do
      skip-access-log-urls | no | see `--access-log-status`
      ssl-buffer-size | differs | records have the size of what is written
      ssl-ciphers | yes | suites of TLS 1.2 by their names in OpenSSL, the preferred one first; those without forward secrecy or authenticated encryption are told and left out, those of TLS 1.3 are always there
      ssl-dh-param | differs | keys are agreed on by elliptic curves
      ssl-early-data | no | there is no early data
      ssl-ecdh-curve | no | the curves of the gateway
      ssl-protocols | yes | TLSv1.2, TLSv1.3 or both; older ones are told and left out
      ssl-redirect | yes | as the annotation ssl-redirect
      ssl-reject-handshake | yes | handshakes for names that no Ingress has are refused
      ssl-session-cache | differs | sessions are resumed by tickets
      ssl-session-cache-size | differs | sessions are resumed by tickets
      ssl-session-ticket-key | no | keys of tickets change every hour
      ssl-session-tickets | differs | sessions are resumed by tickets
      ssl-session-timeout | no | sessions hold for an hour
      stream-access-log-path | no | streams are not logged
      stream-snippet | refused | raw configuration of nginx
      strict-validate-path-type | differs | always so where compat=ingress-nginx
      syslog-host | no | see `--access-log`
      syslog-port | no | see `--access-log`
      upstream-keepalive-connections | start | unused connections kept for each endpoint by each event loop, 128 by default
      upstream-keepalive-requests | differs | connections to endpoints have no limit of requests
      upstream-keepalive-time | differs | connections to endpoints have no limit of time
      upstream-keepalive-timeout | start | seconds that an unused connection to an endpoint is kept, 60 by default
      use-forwarded-headers | yes | whether X-Forwarded fields of proxy-real-ip-cidr are believed, besides `--trusted-proxies`
      use-geoip | no | addresses are not looked up
      use-geoip2 | no | addresses are not looked up
      use-gzip | no | responses are not compressed, or what is secret in them could be guessed from their length (BREACH); backends may, and know what they send
      use-http2 | differs | HTTP/2 is always offered
      use-proxy-protocol | differs | clients of proxy-real-ip-cidr must begin with a header of the PROXY protocol, besides `--proxy-protocol-from`; others may not
      variables-hash-bucket-size | differs | tables have the size that they need
      variables-hash-max-size | differs | tables have the size that they need
      whitelist-source-range | yes | for Ingresses without a list of their own
      worker-cpu-affinity | differs | the system decides
      worker-processes | differs | one event loop for each processor
      worker-shutdown-timeout | start | seconds that open requests have when the gateway ends, 10 by default
      """;

  private ConfigTable() {}
}
