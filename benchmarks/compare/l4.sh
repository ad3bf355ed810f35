#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares Fairway's userspace proxier with HAProxy (tcp mode) and nginx (stream module) in front of the same two
# web servers, all on loopback. Prints a table; a full run writes results/l4.json, results/l4.svg and RESULTS.md.
#   benchmarks/compare/l4.sh [--rounds N] [--quick]
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

begin "$@"
source "$COMPARE/web.sh"

need haproxy=haproxy nginx=nginx wrk=wrk python3=python3
STREAM_MODULE=$(ls /usr/lib/nginx/modules/ngx_stream_module.so 2>/dev/null)
[ -n "$STREAM_MODULE" ] || nginx -V 2>&1 | grep -q -- '--with-stream\( \|$\)' || {
  need ngx-stream=libnginx-mod-stream
  STREAM_MODULE=/usr/lib/nginx/modules/ngx_stream_module.so
}
build_fairway

read -r BACKEND1 BACKEND2 HAPROXY_PORT NGINX_PORT FAIRWAY_PORT < <(free_ports 5)
declare -A PORT=([direct]=$BACKEND1 [haproxy]=$HAPROXY_PORT [nginx]=$NGINX_PORT [fairway]=$FAIRWAY_PORT)
declare -A PROCESS

start_haproxy() {
  cat >"$WORK/haproxy.cfg" <<CONF
global
  nbthread 2
  maxconn $(((FILES - 1000) / 2 < 24000 ? (FILES - 1000) / 2 : 24000))
  maxpipes 256
defaults
  mode tcp
  option splice-auto
  timeout connect 5s
  timeout client 300s
  timeout server 300s
frontend in
  bind 127.0.0.1:$HAPROXY_PORT backlog 4096
  default_backend out
backend out
  balance random
  server a 127.0.0.1:$BACKEND1
  server b 127.0.0.1:$BACKEND2
CONF
  start haproxy haproxy -f "$WORK/haproxy.cfg" -db
  PROCESS[haproxy]=$STARTED
  await_port "$HAPROXY_PORT" haproxy
}

start_nginx() {
  {
    [ -n "$STREAM_MODULE" ] && printf 'load_module %s;\n' "$STREAM_MODULE"
    nginx_head stream
    cat <<CONF
stream {
  upstream out { random; server 127.0.0.1:$BACKEND1; server 127.0.0.1:$BACKEND2; }
  server { listen 127.0.0.1:$NGINX_PORT reuseport backlog=4096; proxy_pass out; proxy_timeout 300s; tcp_nodelay on; }
}
CONF
  } >"$WORK/stream.conf"
  start nginx nginx -c "$WORK/stream.conf" -e "$WORK/stream.log"
  PROCESS[nginx]=$STARTED
  await_port "$NGINX_PORT" nginx
}

start_fairway() {
  # shellcheck disable=SC2086
  start fairway "${JAVA[@]}" ${FAIRWAY_JAVA_OPTIONS:-} -cp "$CLASS_PATH" \
    dev.fairway.benchmarks.dataplane.L4Server "127.0.0.1:$FAIRWAY_PORT" "127.0.0.1:$BACKEND1" "127.0.0.1:$BACKEND2"
  PROCESS[fairway]=$STARTED
  await_port "$FAIRWAY_PORT" fairway
}

keep_alive() { measure_requests "$1" "requests"; }
new_connections() { measure_connections "$1" "new connections"; }

throughput() {
  load "$1" "$(plain "$1" /big)" 16 "$SECONDS_EACH" || return
  sample "throughput of 1 MiB bodies" "MiB/s" "$1" "$(per "$BYTES" "$TIME" 0.00000095367431640625)"
}

# As many as the limit of open files lets the proxies have.
idle_memory() {
  local count=10000
  [ $((2 * count + 1500)) -le "$FILES" ] || count=$(((FILES - 1500) / 2))
  measure_idle "$1" "$count" 2
}

goal "requests" ">=" 1.10 haproxy
goal "requests" ">=" 1.00 nginx
goal "latency p99" "<=" 1.00 haproxy
goal "new connections" ">=" 1.05 haproxy
goal "throughput of 1 MiB bodies" ">=" 1.10 haproxy
goal "CPU per 100,000 requests" "<=" 1.00 haproxy

start_backends
start_haproxy
start_nginx
start_fairway
SYSTEMS=(direct haproxy nginx fairway)
ONLY=${ONLY:-"keep_alive new_connections throughput idle_memory"}

say "warming up"
for system in "${SYSTEMS[@]}"; do
  load "$system" "$(plain "$system" /)" "$CONNECTIONS" 5
  load "$system" "$(plain "$system" /)" "$CONNECTIONS" 3 -H "Connection: close"
  load "$system" "$(plain "$system" /big)" 16 2
done
for ((round = 1; round <= ROUNDS; round++)); do
  measure_round "$round" keep_alive new_connections throughput
done
if wanted idle_memory; then
  for system in haproxy nginx fairway; do idle_memory "$system"; done
fi
report l4 "benchmarks/compare/l4.sh --rounds $ROUNDS"
