#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares what a ClusterIP costs: not at all (direct), through kube-proxy's nftables, through Fairway in the kernel
# (fairway) and through Fairway's userspace proxier, in front of the same web server; and what it takes to program a
# big cluster. Everything runs in network namespaces and cgroups that this script makes. kube-proxy is what KUBE_PROXY
# names, or one on the PATH or in realk8s/bin (FAIRWAY_REALK8S, or ../shared/realk8s); where there is none it is built
# from its Go module, and left out where that fails. Needs root. A full run writes results/service.json,
# results/service.svg and RESULTS.md.
#   benchmarks/compare/service.sh [--rounds N] [--quick]
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

[ "$(id -u)" = 0 ] || fail "needs root, for network namespaces and BPF"
begin "$@"
SECONDS_EACH=${QUICK:+2}
SECONDS_EACH=${SECONDS_EACH:-3}
SERVICES=${SERVICES:-5000}
ENDPOINTS=${ENDPOINTS:-5}
BIG_SERVICES=${BIG_SERVICES:-44125}
BIG_ENDPOINTS=${BIG_ENDPOINTS:-250000} # of all Services together
BIG="$BIG_SERVICES Services"
CHANGES=${QUICK:+100}
CHANGES=${CHANGES:-200}
KUBE_PROXY_VERSION=1.36.3
CONNECTIONS=64
BACKEND=18081
PORT=18080 # of every Service
SERVICE=127.96.0.0

need nginx=nginx wrk=wrk python3=python3 nft=nftables nsenter=util-linux
build_fairway

CGROUP_ROOT=$(awk '$0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
[ -n "$CGROUP_ROOT" ] || fail "no cgroup file system of version 2 is mounted"
CGROUP=$CGROUP_ROOT/fairway-compare-$$
# One for the clients of each system, as a socket in a cgroup is not what one outside of all is.
mkdir "$CGROUP" "$CGROUP"/{direct,kube-proxy,userspace,fairway,big} || fail "cannot make $CGROUP"
trap 'finish; rmdir "$CGROUP"/* "$CGROUP" 2>/dev/null' EXIT

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
  (echo "$BASHPID" >"$CGROUP/$system/cgroup.procs" && exec nsenter -t "$(home_of "$system")" -n "$@")
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

# A big cluster, from objects in memory into the kernel's maps: each round is a process of its own.
big() {
  # As the daemon does, it starts with an archive of its classes.
  [ -f "$WORK/big.aot" ] || nsenter -t "$OWN" -n "${JAVA[@]}" -XX:AOTCacheOutput="$WORK/big.aot" -cp "$CLASS_PATH" \
    dev.fairway.benchmarks.dataplane.SnapshotScale 2000 10000 5 "$CGROUP/big" >"$WORK/aot.out" 2>&1 ||
    fail "no archive of classes was made: $(tail -n 3 "$WORK/aot.out")"
  nsenter -t "$OWN" -n "${JAVA[@]}" -XX:AOTCache="$WORK/big.aot" ${FAIRWAY_JAVA_OPTIONS:-} -cp "$CLASS_PATH" \
    dev.fairway.benchmarks.dataplane.SnapshotScale "$BIG_SERVICES" "$BIG_ENDPOINTS" "$CHANGES" "$CGROUP/big" \
    >"$WORK/big.out" 2>&1 || fail "programming $BIG failed: $(tail -n 3 "$WORK/big.out")"
  sample "$BIG, objects in memory to programmed" s fairway "$(big_figure 's/,//g; s/^cold.*plane: \([0-9.]*\) ms.*/\1/p' 0.001)"
  sample "$BIG, one change, p50" ms fairway "$(big_figure 's/^one.*p50 \([0-9.]*\) ms.*/\1/p')"
  sample "$BIG, one change, p99" ms fairway "$(big_figure 's/^one.*p99 \([0-9.]*\) ms.*/\1/p')"
  sample "$BIG, resident" MiB fairway "$(big_figure 's/^resident with.*: \([0-9]*\) MiB/\1/p')"
}

big_figure() { per "$(sed -n "$1" "$WORK/big.out")" 1 "${2:-1}"; }

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
  sample "programming $SERVICES Services" "ms" "$system" "$(awk '/^all/ { print $2 }' "$WORK/$system.out")"
}

# find_kube_proxy: puts the program into the working folder.
find_kube_proxy() {
  local folder=${FAIRWAY_REALK8S:-$ROOT/../shared/realk8s}/bin found=${KUBE_PROXY:-}
  local built=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/fairway/compare/kube-proxy-$KUBE_PROXY_VERSION
  [ -n "$found" ] || found=$(command -v kube-proxy) || found=$folder/kube-proxy
  if [ -x "$found" ]; then
    install -m 755 "$found" "$WORK/kube-proxy"
  elif xz -dc "$folder/kube-proxy.xz" >"$WORK/kube-proxy" 2>/dev/null; then
    chmod +x "$WORK/kube-proxy"
  else
    [ -x "$built" ] || build_kube_proxy "$built" || return 1
    install -m 755 "$built" "$WORK/kube-proxy"
  fi
}

# build_kube_proxy FILE: from the Go module, whose parts are released as modules of their own.
build_kube_proxy() {
  command -v go >/dev/null 2>&1 || { say "kube-proxy is left out: there is none here, and no Go to build it"; return 1; }
  say "building kube-proxy $KUBE_PROXY_VERSION, which takes several minutes"
  mkdir -p "$WORK/go" "$(dirname "$1")"
  (
    cd "$WORK/go" || exit 1
    export GOFLAGS=-mod=mod CGO_ENABLED=0
    whole=$(go mod download -json "k8s.io/kubernetes@v$KUBE_PROXY_VERSION" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
    {
      echo "module compare"
      grep '^go ' "$whole"
      echo "require k8s.io/kubernetes v$KUBE_PROXY_VERSION"
      sed -n "s,^[[:space:]]*\(replace \)\?\(k8s.io/[a-z-]*\) => \./.*,replace \2 => \2 v0.${KUBE_PROXY_VERSION#1.},p" "$whole"
    } >go.mod
    go build -trimpath -ldflags "-s -w" -o "$1" k8s.io/kubernetes/cmd/kube-proxy
  ) >"$WORK/go.log" 2>&1 && return 0
  say "kube-proxy is left out, it cannot be built: $(tail -n 2 "$WORK/go.log")"
  return 1
}

# kube-proxy tells itself what its full sync took.
start_kube_proxy() {
  local binary=$WORK/kube-proxy i
  find_kube_proxy || return 1
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
  sample "programming $SERVICES Services" "ms" kube-proxy "$(run kube-proxy python3 -c "
import urllib.request as u
text = u.urlopen('http://127.0.0.1:10249/metrics').read().decode()
print(1000 * max(float(l.split()[1]) for l in text.splitlines()
    if l.startswith('kubeproxy_sync_full_proxy_rules_duration_seconds_sum')))")"
}

goal "ClusterIP requests" ">=" 0.97 direct
goal "new connections" ">=" 0.97 direct
goal "throughput of 1 MiB bodies" ">=" 0.97 direct
for figure in "ClusterIP requests" "new connections" "throughput of 1 MiB bodies"; do
  goal "$figure" ">=" 1.00 kube-proxy
done
goal "$BIG, objects in memory to programmed" "<=" 1 -
goal "$BIG, one change, p99" "<=" 5 -
goal "$BIG, resident" "<=" 250 -

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
start_ours fairway ebpf "$CGROUP/fairway"
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
  big
done
report service "benchmarks/compare/service.sh --rounds $ROUNDS"
