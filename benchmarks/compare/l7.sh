#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares "fairway ingress" with HAProxy (http mode) and nginx (http) in front of the same two web servers, all on
# loopback. Prints a table; a full run writes results/l7.json, results/l7.svg and RESULTS.md.
#   benchmarks/compare/l7.sh [--rounds N] [--quick]
# ONLY="keep_alive http2 ..." measures some of the figures.
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

begin "$@"
source "$COMPARE/web.sh"
STREAMS=100
IDLE=10000
[ $((IDLE + 2500)) -le "$FILES" ] || IDLE=$((FILES - 2500))

need haproxy=haproxy nginx=nginx wrk=wrk curl=curl h2load=nghttp2-client python3=python3 openssl=openssl
build_fairway
"$ROOT/fairway" --version >/dev/null || fail "cannot build Fairway"

read -r BACKEND1 BACKEND2 H1 H2 N1 N2 F1 F2 < <(free_ports 8)
declare -A PORT=([direct]=$BACKEND1 [haproxy]=$H1 [nginx]=$N1 [fairway]=$F1)
declare -A TLS_PORT=([haproxy]=$H2 [nginx]=$N2 [fairway]=$F2)
declare -A PROCESS

make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$WORK/tls.key" -out "$WORK/tls.crt" 2>"$WORK/openssl.log" ||
    fail "$(tail -n 1 "$WORK/openssl.log")"
  cat "$WORK/tls.crt" "$WORK/tls.key" >"$WORK/tls.pem"
}

start_haproxy() {
  cat >"$WORK/haproxy.cfg" <<CONF
global
  nbthread 2
  no strict-limits
  maxconn $((FILES - 2000 < 24000 ? FILES - 2000 : 24000))
  tune.ssl.cachesize 0
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
defaults
  mode http
  http-reuse always
  option splice-auto
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s
frontend in
  bind 127.0.0.1:${PORT[haproxy]} backlog 4096
  bind 127.0.0.1:${TLS_PORT[haproxy]} backlog 4096 ssl crt $WORK/tls.pem alpn h2,http/1.1
  default_backend out
backend out
  balance roundrobin
  server a 127.0.0.1:$BACKEND1
  server b 127.0.0.1:$BACKEND2
CONF
  start haproxy haproxy -f "$WORK/haproxy.cfg" -db
  PROCESS[haproxy]=$STARTED
  await_port "${PORT[haproxy]}" haproxy
}

# Responses are buffered in memory, not in files, so that neither side waits for the other.
start_nginx() {
  {
    nginx_head proxy
    printf 'http {\n'
    nginx_http
    cat <<CONF
  upstream out { server 127.0.0.1:$BACKEND1; server 127.0.0.1:$BACKEND2; keepalive 256; keepalive_requests 1000000000; }
  ssl_certificate $WORK/tls.crt; ssl_certificate_key $WORK/tls.key; ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache off; ssl_session_tickets off;
  server {
    listen 127.0.0.1:${PORT[nginx]} reuseport backlog=4096;
    listen 127.0.0.1:${TLS_PORT[nginx]} ssl http2 reuseport backlog=4096;
    location / {
      proxy_pass http://out; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host \$host;
      proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto \$scheme;
      proxy_buffers 16 64k; proxy_busy_buffers_size 256k; proxy_max_temp_file_size 0;
    }
  }
}
CONF
  } >"$WORK/proxy.conf"
  start nginx nginx -c "$WORK/proxy.conf" -e "$WORK/proxy.log"
  PROCESS[nginx]=$STARTED
  await_port "${PORT[nginx]}" nginx
}

# The objects that lead to the two web servers.
make_objects() {
  python3 - "$WORK" "$BACKEND1" "$BACKEND2" <<'PY'
import base64, json, sys
work, ports = sys.argv[1], [int(p) for p in sys.argv[2:]]
def meta(name, **more):
    return {"name": name, "namespace": "default", "uid": f"uid-{name}", "resourceVersion": "1",
            "creationTimestamp": "2026-01-01T00:00:00Z", **more}
def secret(file):
    return base64.b64encode(open(f"{work}/{file}", "rb").read()).decode()
json.dump({
    "namespaces": [{"kind": "Namespace", "metadata": {"name": "default", "uid": "ns", "resourceVersion": "1"}}],
    "services": [{"kind": "Service", "metadata": meta("web"), "spec": {
        "type": "ClusterIP", "clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"], "selector": {"app": "web"},
        "ports": [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]}}],
    "endpointslices": [{
        "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": meta(f"web-{port}", labels={"kubernetes.io/service-name": "web"}),
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
        "ports": [{"name": "http", "protocol": "TCP", "port": port}]} for port in ports],
    "ingressclasses": [{"kind": "IngressClass", "metadata": {"name": "fairway", "uid": "class", "resourceVersion": "1"},
                        "spec": {"controller": "fairway.dev/ingress"}}],
    "secrets": [{"kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta("tls"),
                 "data": {"tls.crt": secret("tls.crt"), "tls.key": secret("tls.key")}}],
    "ingresses": [{"kind": "Ingress", "metadata": meta("web"), "spec": {
        "ingressClassName": "fairway", "tls": [{"hosts": ["localhost"], "secretName": "tls"}],
        "rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {
            "service": {"name": "web", "port": {"number": 80}}}}]}}]}}],
}, open(f"{work}/objects.json", "w"))
PY
}

start_fairway() {
  make_objects
  start api python3 "$COMPARE/api.py" "$WORK/objects.json" "$WORK/kubeconfig"
  local i
  for ((i = 0; i < 100; i++)); do [ -s "$WORK/kubeconfig" ] && break; sleep 0.1; done
  # shellcheck disable=SC2086
  start fairway "$ROOT/fairway" ingress --kubeconfig "$WORK/kubeconfig" --bind 127.0.0.1 \
    --http-port "${PORT[fairway]}" --https-port "${TLS_PORT[fairway]}" ${FAIRWAY_ARGUMENTS:-}
  PROCESS[fairway]=$STARTED
  await_port "${PORT[fairway]}" fairway
}

# Waits until a system answers through one of its web servers.
await_answer() {
  local i
  for ((i = 0; i < 100; i++)); do
    curl -sf -m 2 "http://127.0.0.1:${PORT[$1]}/" | grep -q hello && return
    sleep 0.1
  done
  fail "$1 does not answer: $(tail -n 3 "$WORK/$1.out")"
}

# By name, so that the certificate is chosen by it.
secure() { printf 'https://localhost:%s%s' "${TLS_PORT[$1]}" "$2"; }

keep_alive() { measure_requests "$1" "HTTP/1.1 requests"; }
new_connections() { measure_connections "$1" "new connections, plain"; }

speaks_http2() { [ "$(curl -sk -m 5 --http2 -o /dev/null -w '%{http_version}' "$(secure "$1" /)")" = 2 ]; }

# streams SYSTEM SECONDS [h2load arguments]
streams() {
  local system=$1 seconds=$2
  shift 2
  timeout $((seconds + 20)) h2load -c 8 -m "$STREAMS" -t "$THREADS" -D "$seconds" "$@" "$(secure "$system" /)"
}

http2() {
  [ "$1" = direct ] && return
  local rate failed
  speaks_http2 "$1" || { say "$1: no HTTP/2"; return; }
  streams "$1" "$SECONDS_EACH" --warm-up-time 1s >"$WORK/h2load.out" 2>&1
  rate=$(sed -n 's/^finished in .*, \([0-9.]*\) req\/s.*/\1/p' "$WORK/h2load.out")
  failed=$(sed -n 's/^requests: .* done, .* succeeded, \([0-9]*\) failed, \([0-9]*\) errored.*/\1+\2/p' "$WORK/h2load.out")
  [ "$failed" = 0+0 ] || say "$1 HTTP/2: ${failed:-?} failed and errored requests"
  sample "HTTP/2 requests, $STREAMS streams" "requests/s" "$1" "${rate:-0}"
}

handshakes() {
  [ "$1" = direct ] && return
  local before
  before=$(cpu_seconds "${PROCESS[$1]}")
  load "$1" "$(secure "$1" /)" "$CONNECTIONS" "$SECONDS_EACH" -H "Connection: close" || return
  sample "TLS handshakes, ECDSA P-256" "handshakes/s" "$1" "$(per "$REQUESTS" "$TIME")"
  sample "CPU per 10,000 handshakes" "s" "$1" "$(cpu_each "$before" "$(cpu_seconds "${PROCESS[$1]}")" "$REQUESTS" 10000)"
}

bodies() {
  [ "$1" = direct ] && return
  load "$1" "$(secure "$1" /big)" 16 "$SECONDS_EACH" || return
  sample "1 MiB bodies over TLS" "MiB/s" "$1" "$(per "$BYTES" "$TIME" 0.00000095367431640625)"
}

# Connections that wait for their next request, as many as the limit of open files allows.
idle_memory() { measure_idle "$1" "$IDLE" 5 request; }

# Compilation and lookup at scale, without a peer.
scale() {
  "${JAVA[@]}" -cp "$CLASS_PATH" dev.fairway.benchmarks.ingress.IngressScale 10000 50000 >"$WORK/scale.out" 2>&1 ||
    fail "IngressScale: $(tail -n 3 "$WORK/scale.out")"
  local word value
  while read -r word value; do
    case $word in
      compile_ms) sample "10,000 Ingresses, 50,000 paths: compile" "ms" fairway "$value" ;;
      change_ms) sample "10,000 Ingresses: one change" "ms" fairway "$value" ;;
      lookup_ns) sample "50,000 paths: lookup" "ns" fairway "$value" ;;
      lookup_bytes) sample "50,000 paths: allocated by a lookup" "bytes" fairway "$value" ;;
    esac
  done <"$WORK/scale.out"
  "${JAVA[@]}" -cp "$CLASS_PATH" dev.fairway.benchmarks.ingress.GatewayScale 10000 50000 >"$WORK/scale.out" 2>&1 ||
    fail "GatewayScale: $(tail -n 3 "$WORK/scale.out")"
  while read -r word value; do
    case $word in
      compile_ms) sample "10,000 HTTPRoutes, 50,000 matches: compile" "ms" fairway "$value" ;;
      change_ms) sample "10,000 HTTPRoutes: one change" "ms" fairway "$value" ;;
      secret_ms) sample "10,000 HTTPRoutes: one change and a Secret" "ms" fairway "$value" ;;
    esac
  done <"$WORK/scale.out"
}

goal "HTTP/1.1 requests" ">=" 1.00 haproxy
goal "HTTP/1.1 requests" ">=" 1.00 nginx
goal "latency p99" "<=" 1.00 haproxy
goal "new connections, plain" ">=" 1.00 nginx
goal "HTTP/2 requests, $STREAMS streams" ">=" 1.00 nginx
goal "TLS handshakes, ECDSA P-256" ">=" 0.90 nginx
goal "1 MiB bodies over TLS" ">=" 0.90 nginx
goal "resident at $IDLE idle connections" "<=" 1.50+150 haproxy
goal "10,000 Ingresses, 50,000 paths: compile" "<=" 1000 -
goal "10,000 Ingresses: one change" "<=" 10 -
goal "10,000 HTTPRoutes: one change" "<=" 10 -
goal "10,000 HTTPRoutes: one change and a Secret" "<=" 10 -
goal "50,000 paths: allocated by a lookup" "<=" 0 -

SYSTEMS=(direct haproxy nginx fairway)
ONLY=${ONLY:-"keep_alive new_connections http2 handshakes bodies idle_memory scale"}

if [ "$ONLY" != scale ]; then
  make_certificate
  start_backends
  start_haproxy
  start_nginx
  start_fairway
  for system in "${SYSTEMS[@]}"; do await_answer "$system"; done
  say "warming up"
  for system in "${SYSTEMS[@]}"; do
    load "$system" "$(plain "$system" /)" "$CONNECTIONS" 8
    load "$system" "$(plain "$system" /)" "$CONNECTIONS" 3 -H "Connection: close"
    [ "$system" = direct ] && continue
    load "$system" "$(secure "$system" /)" "$CONNECTIONS" 3 -H "Connection: close"
    load "$system" "$(secure "$system" /big)" 16 3
    speaks_http2 "$system" && streams "$system" 5 >/dev/null 2>&1
  done
fi
for ((round = 1; round <= ROUNDS; round++)); do
  measure_round "$round" keep_alive new_connections http2 handshakes bodies
  if wanted scale; then scale; fi
done
if wanted idle_memory; then
  for system in haproxy nginx fairway; do idle_memory "$system"; done
fi
report l7 "benchmarks/compare/l7.sh --rounds $ROUNDS"
