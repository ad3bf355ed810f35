#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares Fairway's userspace proxier with HAProxy (tcp mode) and nginx (stream module) in front of the same two
# web servers, all on loopback. Prints a table; a full run writes results/l4.json, results/l4.svg and RESULTS.md.
#   benchmarks/compare/l4.sh [--rounds N] [--quick]
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

begin "$@"
SECONDS_EACH=${QUICK:+3}
SECONDS_EACH=${SECONDS_EACH:-5}
CONNECTIONS=64
THREADS=2

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

nginx_head() {
  cat <<CONF
daemon off;
user $(id -un) $(id -gn);
pid $WORK/$1.pid;
error_log $WORK/$1.log crit;
worker_processes $2;
events { worker_connections 32768; }
CONF
}

start_backends() {
  mkdir -p "$WORK/www"
  head -c 1048576 /dev/urandom >"$WORK/www/big"
  {
    nginx_head backend 2
    cat <<CONF
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_timeout 300s; keepalive_requests 1000000000;
  client_header_timeout 300s; client_body_temp_path $WORK; proxy_temp_path $WORK; fastcgi_temp_path $WORK;
  uwsgi_temp_path $WORK; scgi_temp_path $WORK;
  server {
    listen 127.0.0.1:$BACKEND1 backlog=4096; listen 127.0.0.1:$BACKEND2 backlog=4096;
    root $WORK/www; open_file_cache max=16; default_type application/octet-stream;
    location = / { return 200 "hello from a backend of the comparison\n"; }
  }
}
CONF
  } >"$WORK/backend.conf"
  start backend nginx -c "$WORK/backend.conf" -e "$WORK/backend.log"
  await_port "$BACKEND1" backend
}

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
    nginx_head stream 2
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

# load SYSTEM PATH CONNECTIONS SECONDS [wrk arguments]: sets REQUESTS TIME BYTES P50 P99.
load() {
  local system=$1 path=$2 connections=$3 seconds=$4 errors
  shift 4
  read -r _ REQUESTS TIME BYTES P50 P99 errors < <(wrk -t "$THREADS" -c "$connections" -d "${seconds}s" \
    --timeout 10s -s "$COMPARE/wrk-report.lua" "$@" "http://127.0.0.1:${PORT[$system]}$path" | grep '^WRK')
  [ "${errors:-none}" = 0 ] || say "$system $path: ${errors:-no result} errors"
}

per() { awk -v a="$1" -v b="$2" -v f="${3:-1}" 'BEGIN { printf "%.3f\n", f * a / b }'; }

keep_alive() {
  local before after
  [ "$1" = direct ] || before=$(cpu_seconds "${PROCESS[$1]}")
  load "$1" / "$CONNECTIONS" "$SECONDS_EACH"
  sample "requests" "requests/s" "$1" "$(per "$REQUESTS" "$TIME")"
  sample "latency p50" "us" "$1" "$P50"
  sample "latency p99" "us" "$1" "$P99"
  [ "$1" = direct ] && return
  after=$(cpu_seconds "${PROCESS[$1]}")
  sample "CPU per 100,000 requests" "s" "$1" "$(awk -v a="$after" -v b="$before" -v n="$REQUESTS" \
    'BEGIN { printf "%.3f", (a - b) * 100000 / n }')"
}

new_connections() {
  load "$1" / "$CONNECTIONS" "$SECONDS_EACH" -H "Connection: close"
  sample "new connections" "connections/s" "$1" "$(per "$REQUESTS" "$TIME")"
}

throughput() {
  load "$1" /big 16 "$SECONDS_EACH"
  sample "throughput of 1 MiB bodies" "MiB/s" "$1" "$(per "$BYTES" "$TIME" 0.00000095367431640625)"
}

# Resident memory with many idle connections, as many as the limit of open files lets the proxies have.
idle_memory() {
  local count=10000 held
  [ $((2 * count + 1500)) -le "$FILES" ] || count=$(((FILES - 1500) / 2))
  coproc HOLD { exec python3 "$COMPARE/hold.py" "${PORT[$1]}" "$count" 2>"$WORK/hold.out"; }
  local pid=$HOLD_PID input=${HOLD[1]}
  if read -r -t 60 held <&"${HOLD[0]}" && [ "$held" = held ]; then
    sleep 2
    sample "resident at $count idle connections" "MiB" "$1" "$(resident_mib "${PROCESS[$1]}")"
  else
    say "$1: $(cat "$WORK/hold.out")"
    kill "$pid" 2>/dev/null
  fi
  exec {input}>&-
  wait "$pid" 2>/dev/null
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
  load "$system" / "$CONNECTIONS" 5
  load "$system" / "$CONNECTIONS" 3 -H "Connection: close"
  load "$system" /big 16 2
done
for ((round = 1; round <= ROUNDS; round++)); do
  say "round $round of $ROUNDS"
  for figure in $ONLY; do
    [ "$figure" = idle_memory ] && continue
    for ((i = 0; i < ${#SYSTEMS[@]}; i++)); do
      "$figure" "${SYSTEMS[(i + round) % ${#SYSTEMS[@]}]}"
    done
  done
done
if [[ " $ONLY " == *" idle_memory "* ]]; then
  for system in haproxy nginx fairway; do idle_memory "$system"; done
fi
report l4 "benchmarks/compare/l4.sh --rounds $ROUNDS"
