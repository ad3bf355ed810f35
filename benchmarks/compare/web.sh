# SPDX-License-Identifier: Apache-2.0
#
# What the comparisons of proxies have in common, sourced by them after lib.sh: two web servers behind the proxies, load
# of wrk, idle connections. They set BACKEND1, BACKEND2, PORT and PROCESS (by system) first.

SECONDS_EACH=${QUICK:+3}
SECONDS_EACH=${SECONDS_EACH:-5}
CONNECTIONS=64
THREADS=2

nginx_head() {
  cat <<CONF
daemon off;
user $(id -un) $(id -gn);
pid $WORK/$1.pid;
error_log $WORK/$1.log crit;
worker_processes 2;
events { worker_connections 32768; }
CONF
}

# What every http block has: no logs, connections that live as long as the load.
nginx_http() {
  cat <<CONF
  access_log off; sendfile on; tcp_nopush on; keepalive_timeout 300s; keepalive_requests 1000000000;
  client_header_timeout 300s; client_body_temp_path $WORK; proxy_temp_path $WORK; fastcgi_temp_path $WORK;
  uwsgi_temp_path $WORK; scgi_temp_path $WORK;
CONF
}

start_backends() {
  mkdir -p "$WORK/www"
  head -c 1048576 /dev/urandom >"$WORK/www/big"
  {
    nginx_head backend
    printf 'http {\n'
    nginx_http
    cat <<CONF
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

# load SYSTEM URL CONNECTIONS SECONDS [wrk arguments]: sets REQUESTS TIME BYTES P50 P99; fails where nothing came back.
load() {
  local system=$1 url=$2 connections=$3 seconds=$4 errors
  shift 4
  read -r _ REQUESTS TIME BYTES P50 P99 errors < <(wrk -t "$THREADS" -c "$connections" -d "${seconds}s" \
    --timeout 10s -s "$COMPARE/wrk-report.lua" "$@" "$url" 2>/dev/null | grep '^WRK')
  [ "${errors:-none}" = 0 ] || say "$system $url: ${errors:-no result} errors"
  [ "${REQUESTS:-0}" -gt 0 ]
}

plain() { printf 'http://127.0.0.1:%s%s' "${PORT[$1]}" "$2"; }
per() { awk -v a="$1" -v b="$2" -v f="${3:-1}" 'BEGIN { printf "%.3f\n", f * a / b }'; }
cpu_each() { awk -v a="$1" -v b="$2" -v n="$3" -v f="$4" 'BEGIN { printf "%.3f", (b - a) * f / n }'; }

# measure_requests SYSTEM FIGURE: requests of connections that are kept, their latency, and what they cost.
measure_requests() {
  local before
  [ "$1" = direct ] || before=$(cpu_seconds "${PROCESS[$1]}")
  load "$1" "$(plain "$1" /)" "$CONNECTIONS" "$SECONDS_EACH" || return
  sample "$2" "requests/s" "$1" "$(per "$REQUESTS" "$TIME")"
  sample "latency p50" "us" "$1" "$P50"
  sample "latency p99" "us" "$1" "$P99"
  [ "$1" = direct ] && return
  sample "CPU per 100,000 requests" "s" "$1" "$(cpu_each "$before" "$(cpu_seconds "${PROCESS[$1]}")" "$REQUESTS" 100000)"
}

# measure_connections SYSTEM FIGURE: connections of one request each.
measure_connections() {
  load "$1" "$(plain "$1" /)" "$CONNECTIONS" "$SECONDS_EACH" -H "Connection: close" || return
  sample "$2" "connections/s" "$1" "$(per "$REQUESTS" "$TIME")"
}

# measure_idle SYSTEM COUNT SECONDS [request]: resident memory so long after COUNT connections were opened.
measure_idle() {
  local system=$1 count=$2 seconds=$3 held
  shift 3
  coproc HOLD { exec python3 "$COMPARE/hold.py" "${PORT[$system]}" "$count" "$@" 2>"$WORK/hold.out"; }
  local pid=$HOLD_PID input=${HOLD[1]}
  if read -r -t 60 held <&"${HOLD[0]}" && [ "$held" = held ]; then
    sleep "$seconds"
    sample "resident at $count idle connections" "MiB" "$system" "$(resident_mib "${PROCESS[$system]}")"
  else
    say "$system: $(cat "$WORK/hold.out")"
    kill "$pid" 2>/dev/null
  fi
  exec {input}>&-
  wait "$pid" 2>/dev/null
}

wanted() { [[ " $ONLY " == *" $1 "* ]]; }

# measure_round N FIGURE...: each figure of each system, in an order that every round turns.
measure_round() {
  local round=$1 figure i
  shift
  say "round $round of $ROUNDS"
  for figure in "$@"; do
    wanted "$figure" || continue
    for ((i = 0; i < ${#SYSTEMS[@]}; i++)); do
      "$figure" "${SYSTEMS[(i + round) % ${#SYSTEMS[@]}]}"
    done
  done
}
