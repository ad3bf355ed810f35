#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares what a ClusterIP costs: not at all (direct), through kube-proxy's nftables, through Fairway in the kernel
# (fairway) and through Fairway's userspace proxier, in front of the same web server. Everything runs in network
# namespaces and a cgroup that this script makes. kube-proxy is taken from realk8s/bin (FAIRWAY_REALK8S, or
# ../shared/realk8s), and left out where there is none. Needs root. A full run writes results/service.json,
# results/service.svg and RESULTS.md.
#   benchmarks/compare/service.sh [--rounds N] [--quick]
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

[ "$(id -u)" = 0 ] || fail "needs root, for network namespaces and BPF"
begin "$@"
SECONDS_EACH=${QUICK:+2}
SECONDS_EACH=${SECONDS_EACH:-5}
SERVICES=${SERVICES:-5000}
ENDPOINTS=${ENDPOINTS:-5}
CONNECTIONS=64
BACKEND=18081
PORT=18080 # of every Service
SERVICE=127.96.0.0

need nginx=nginx wrk=wrk python3=python3 nft=nftables nsenter=util-linux
build_fairway

CGROUP_ROOT=$(awk '$0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
[ -n "$CGROUP_ROOT" ] || fail "no cgroup file system of version 2 is mounted"
CGROUP=$CGROUP_ROOT/fairway-compare-$$
mkdir "$CGROUP" || fail "cannot make $CGROUP"
trap 'finish; rmdir "$CGROUP" 2>/dev/null' EXIT

# namespace NAME: makes a network namespace with a loopback interface and a web server; its process id is in STARTED.
namespace() {
  start "namespace-$1" unshare --net sleep infinity
  local holder=$STARTED i
  for ((i = 0; i < 100; i++)); do
    [ "$(readlink "/proc/$holder/ns/net")" != "$(readlink /proc/self/ns/net)" ] && break
    sleep 0.05
  done
  nsenter -t "$holder" -n ip link set lo up
  {
    echo "daemon off; user $(id -un) $(id -gn); pid $WORK/$1.pid; error_log $WORK/$1.log crit; worker_processes 2;"
    echo "events { worker_connections 32768; }"
    echo "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; client_body_temp_path $WORK;"
    echo "proxy_temp_path $WORK; fastcgi_temp_path $WORK; uwsgi_temp_path $WORK; scgi_temp_path $WORK;"
    echo "server { listen 0.0.0.0:$BACKEND backlog=4096; root $WORK/www; default_type application/octet-stream;"
    echo "location = / { return 200 \"hello from a backend of the comparison\\n\"; } } }"
  } >"$WORK/$1.conf"
  start "web-$1" nsenter -t "$holder" -n nginx -c "$WORK/$1.conf" -e "$WORK/$1.log"
  STARTED=$holder
}

# The network namespace of a system.
home_of() { if [ "$1" = kube-proxy ]; then echo "$PEER"; else echo "$OWN"; fi; }

# run SYSTEM COMMAND...: runs a client where the system serves it.
run() {
  local system=$1
  shift
  if [ "$system" = fairway ]; then
    (echo "$BASHPID" >"$CGROUP/cgroup.procs" && exec nsenter -t "$(home_of "$system")" -n "$@")
  else
    nsenter -t "$(home_of "$system")" -n "$@"
  fi
}

url() { if [ "$1" = direct ]; then echo "http://127.64.0.0:$BACKEND$2"; else echo "http://$SERVICE:$PORT$2"; fi; }

await() {
  local i
  for ((i = 0; i < 600; i++)); do
    run "$1" python3 -c "import urllib.request as u; u.urlopen('$(url "$1" /)', timeout=1).read()" 2>/dev/null && return 0
    sleep 0.1
  done
  return 1
}

# load SYSTEM PATH CONNECTIONS SECONDS [wrk arguments]: sets REQUESTS TIME BYTES.
load() {
  local system=$1 path=$2 connections=$3 seconds=$4 errors
  shift 4
  read -r _ REQUESTS TIME BYTES _ _ errors < <(run "$system" wrk -t 2 -c "$connections" -d "${seconds}s" --timeout 10s \
    -s "$COMPARE/wrk-report.lua" "$@" "$(url "$system" "$path")" | grep '^WRK')
  [ "${errors:-none}" = 0 ] || say "$system $path: ${errors:-no result} errors"
}

per() { awk -v a="$1" -v b="$2" -v f="${3:-1}" 'BEGIN { printf "%.3f\n", f * a / b }'; }

requests() {
  load "$1" / "$CONNECTIONS" "$SECONDS_EACH"
  sample "ClusterIP requests" "requests/s" "$1" "$(per "$REQUESTS" "$TIME")"
}

new_connections() {
  load "$1" / "$CONNECTIONS" "$SECONDS_EACH" -H "Connection: close"
  sample "new connections" "connections/s" "$1" "$(per "$REQUESTS" "$TIME")"
}

throughput() {
  load "$1" /big 16 "$SECONDS_EACH"
  sample "throughput of 1 MiB bodies" "MiB/s" "$1" "$(per "$BYTES" "$TIME" 0.00000095367431640625)"
}

# start_ours SYSTEM MODE [PATH]: starts a proxier of ours.
start_ours() {
  local system=$1
  shift
  # shellcheck disable=SC2086
  start "$system" nsenter -t "$OWN" -n "${JAVA[@]}" ${FAIRWAY_JAVA_OPTIONS:-} -cp "$CLASS_PATH" \
    dev.fairway.benchmarks.dataplane.ServiceServer "$1" "$SERVICES" "$ENDPOINTS" "$BACKEND" ${2:+"$2"}
  await "$system" || fail "$system does not answer: $(tail -n 3 "$WORK/$system.out")"
  local i
  for ((i = 0; i < 300; i++)); do grep -qs ready "$WORK/$system.out" && break; sleep 0.1; done
  sample "programming all Services" "ms" "$system" "$(awk '/^all/ { print $2 }' "$WORK/$system.out")"
  sample "programming one change, p99" "ms" "$system" "$(awk '/^change/ { print $2 }' "$WORK/$system.out")"
}

# kube-proxy tells itself what its full sync took.
start_kube_proxy() {
  local folder=${FAIRWAY_REALK8S:-$ROOT/../shared/realk8s} binary=$WORK/kube-proxy i
  if [ -x "$folder/bin/kube-proxy" ]; then
    cp "$folder/bin/kube-proxy" "$binary"
  elif ! xz -dc "$folder/bin/kube-proxy.xz" >"$binary" 2>/dev/null; then
    say "kube-proxy is left out: there is none in $folder/bin"
    return 1
  fi
  chmod +x "$binary"
  # shellcheck disable=SC2086
  start api nsenter -t "$PEER" -n "${JAVA[@]}" ${FAIRWAY_JAVA_OPTIONS:-} -cp "$CLASS_PATH" \
    dev.fairway.benchmarks.dataplane.ServiceServer api "$SERVICES" "$ENDPOINTS" "$BACKEND" "$WORK/kubeconfig"
  for ((i = 0; i < 300; i++)); do grep -qs ready "$WORK/api.out" && break; sleep 0.1; done
  start kube-proxy nsenter -t "$PEER" -n "$binary" --kubeconfig "$WORK/kubeconfig" --proxy-mode nftables \
    --hostname-override node-1 --bind-address 127.0.0.1 --conntrack-max-per-core 0 --nodeport-addresses primary \
    --kube-api-content-type application/json
  await kube-proxy || {
    say "kube-proxy is left out, it does not answer: $(tail -n 3 "$WORK/kube-proxy.out")"
    return 1
  }
  sleep 2
  sample "programming all Services" "ms" kube-proxy "$(run kube-proxy python3 -c "
import urllib.request as u
text = u.urlopen('http://127.0.0.1:10249/metrics').read().decode()
print(1000 * max(float(l.split()[1]) for l in text.splitlines()
    if l.startswith('kubeproxy_sync_full_proxy_rules_duration_seconds_sum')))")"
}

goal "ClusterIP requests" ">=" 0.97 direct
goal "ClusterIP requests" ">=" 1.00 kube-proxy
goal "new connections" ">=" 1.00 kube-proxy
goal "throughput of 1 MiB bodies" ">=" 1.00 kube-proxy
goal "programming one change, p99" "<=" 5 -

mkdir -p "$WORK/www"
chmod 755 "$WORK"
head -c 1048576 /dev/urandom >"$WORK/www/big"
namespace own
OWN=$STARTED
namespace peer
PEER=$STARTED
SYSTEMS=(direct)
start_kube_proxy && SYSTEMS+=(kube-proxy)
start_ours userspace userspace
start_ours fairway ebpf "$CGROUP"
SYSTEMS+=(userspace fairway)

say "warming up"
for system in "${SYSTEMS[@]}"; do
  load "$system" / "$CONNECTIONS" 3
  load "$system" / "$CONNECTIONS" 2 -H "Connection: close"
done
for ((round = 1; round <= ROUNDS; round++)); do
  say "round $round of $ROUNDS"
  for figure in requests new_connections throughput; do
    for ((i = 0; i < ${#SYSTEMS[@]}; i++)); do
      "$figure" "${SYSTEMS[(i + round) % ${#SYSTEMS[@]}]}"
    done
  done
done
report service "benchmarks/compare/service.sh --rounds $ROUNDS"
