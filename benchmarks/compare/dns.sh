#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Compares "fairway dns" with CoreDNS (its kubernetes plugin against the same API server, a stand-in with 10,000
# Services) and unbound (the same names as local data), all on loopback, by dnsperf. Prints a table; a full run writes
# results/dns.json, results/dns.svg and RESULTS.md.
#   benchmarks/compare/dns.sh [--rounds N] [--quick]
# CoreDNS is the command coredns of the PATH or of COREDNS, else it is built where there is a Go.
# ONLY="queries rate ..." measures some of the figures.
set -uo pipefail
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

COREDNS_VERSION=v1.14.7
SERVICES=10000
ENDPOINTS=15
NAMESPACES=100
RATE=20000
CHANGES=1000

begin "$@"
SECONDS_EACH=${QUICK:+3}
SECONDS_EACH=${SECONDS_EACH:-5}

need dnsperf=dnsperf unbound=unbound python3=python3 openssl=openssl
UNBOUND=$(command -v unbound || printf '/usr/sbin/unbound')
build_fairway
"$ROOT/fairway" --version >/dev/null || fail "cannot build Fairway"

read -r P1 P2 P3 P4 P5 P6 UPSTREAM_PORT < <(free_ports 7)
declare -A PORT=([unbound]=$P1 [coredns]=$P2 [fairway]=$P3)
declare -A TLS_PORT=([unbound]=$P4 [coredns]=$P5 [fairway]=$P6)
declare -A PROCESS

# Sets COREDNS, to nothing where there is none.
find_coredns() {
  COREDNS=${COREDNS:-$(command -v coredns)}
  [ -n "$COREDNS" ] && return
  command -v go >/dev/null 2>&1 || { say "without CoreDNS: no coredns and no go on the PATH"; return; }
  say "building CoreDNS $COREDNS_VERSION"
  if GOBIN=$WORK/bin go install "github.com/coredns/coredns@$COREDNS_VERSION" >"$WORK/go.log" 2>&1; then
    COREDNS=$WORK/bin/coredns
  else
    say "without CoreDNS: $(tail -n 1 "$WORK/go.log")"
  fi
}

# The questions: names of the cluster in random order, what a search path makes of a name outside, and names outside.
make_questions() {
  python3 - "$WORK" $SERVICES $NAMESPACES <<'PY'
import random, sys
work, services, namespaces = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(20261121)
def service():
    i = random.randrange(services)
    return f"svc-{i}.ns-{i % namespaces}.svc.cluster.local"
with open(f"{work}/services", "w") as f:
    for _ in range(100000): f.write(f"{service()} A\n")
with open(f"{work}/search", "w") as f:
    for _ in range(10000):
        name, ns = f"www{random.randrange(500)}.outside.example", f"ns-{random.randrange(namespaces)}"
        for suffix in (f"{ns}.svc.cluster.local", "svc.cluster.local", "cluster.local"):
            for kind in ("A", "AAAA"): f.write(f"{name}.{suffix} {kind}\n")
        for kind in ("A", "AAAA"): f.write(f"{service()} {kind}\n")
with open(f"{work}/outside", "w") as f:
    for _ in range(20000): f.write(f"www{random.randrange(500)}.outside.example A\n")
with open(f"{work}/local-data", "w") as f:
    for i in range(services):
        f.write(f'local-data: "svc-{i}.ns-{i % namespaces}.svc.cluster.local. 5 IN A 127.{96 + i // 65536}.{i // 256 % 256}.{i % 256}"\n')
    for i in range(namespaces):
        f.write(f'local-data: "ns-{i}.svc.cluster.local. 5 IN TXT namespace"\n')
with open(f"{work}/outside-data", "w") as f:
    for i in range(500):
        f.write(f'local-data: "www{i}.outside.example. 3600 IN A 192.0.2.{i % 250 + 1}"\n')
PY
}

unbound_conf() {
  cat <<CONF
server:
  directory: "$WORK"
  chroot: ""
  username: ""
  pidfile: "$WORK/$1.pid"
  logfile: "$WORK/$1.log"
  use-syslog: no
  interface: 127.0.0.1
  port: $2
  do-ip6: no
  do-daemonize: no
  num-threads: $3
  so-reuseport: yes
  so-rcvbuf: 4m
  incoming-num-tcp: 1000
  module-config: "iterator"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  local-zone: "$4" static
  include: "$WORK/$5"
CONF
}

make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -keyout "$WORK/tls.key" -out "$WORK/tls.crt" 2>"$WORK/openssl.log" || fail "$(tail -n 1 "$WORK/openssl.log")"
}

start_upstream() {
  unbound_conf upstream "$UPSTREAM_PORT" 1 outside.example. outside-data >"$WORK/upstream.conf"
  start upstream "$UNBOUND" -d -c "$WORK/upstream.conf"
  await_port "$UPSTREAM_PORT" upstream
}

start_unbound() {
  {
    unbound_conf unbound "${PORT[unbound]}" 2 cluster.local. local-data
    printf 'forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@%s\n' "$UPSTREAM_PORT"
    printf 'server:\n  interface: 127.0.0.1@%s\n  tls-port: %s\n  tls-service-pem: "%s"\n  tls-service-key: "%s"\n' \
      "${TLS_PORT[unbound]}" "${TLS_PORT[unbound]}" "$WORK/tls.crt" "$WORK/tls.key"
    printf 'remote-control:\n  control-enable: no\n'
  } >"$WORK/unbound.conf"
  start unbound "$UNBOUND" -d -c "$WORK/unbound.conf"
  PROCESS[unbound]=$STARTED
  await_port "${PORT[unbound]}" unbound
}

# Its input is API_IN, its output API_OUT.
start_api() {
  say "making $SERVICES Services with $ENDPOINTS endpoints each"
  mkfifo "$WORK/api.in"
  : >"$WORK/api.out"
  exec {API_IN}<>"$WORK/api.in"
  "${JAVA[@]}" -Xmx1g -cp "$CLASS_PATH" dev.fairway.benchmarks.dns.DnsScale $SERVICES $ENDPOINTS "$WORK/kubeconfig" \
    <"$WORK/api.in" >>"$WORK/api.out" 2>&1 &
  API=$!
  PIDS+=("$API")
  api_answers ready >/dev/null
}

# Waits for a line of the API server's that starts with a word, and prints it.
api_answers() {
  local i
  for ((i = 0; i < 1200; i++)); do
    grep -m 1 "^$1" "$WORK/api.out" && return
    kill -0 "$API" 2>/dev/null || break
    sleep 0.1
  done
  fail "the API server does not say '$1': $(tail -n 3 "$WORK/api.out")"
}

api() { : >"$WORK/api.out"; printf '%s\n' "$*" >&"$API_IN"; api_answers "${1}"; }

# As kubeadm configures it, but for a cache that keeps names outside as long as the others do.
start_coredns() {
  cat >"$WORK/Corefile" <<CONF
.:${PORT[coredns]} {
  bind 127.0.0.1
  errors
  kubernetes cluster.local {
    kubeconfig $WORK/kubeconfig
    pods insecure
    ttl 5
  }
  forward . 127.0.0.1:$UPSTREAM_PORT
  cache 3600 {
    disable success cluster.local
    disable denial cluster.local
  }
  loadbalance
}
CONF
  start coredns "$COREDNS" -conf "$WORK/Corefile"
  PROCESS[coredns]=$STARTED
  await_answer coredns
}

# A process of its own: two server blocks of one would keep the cluster twice.
start_coredns_tls() {
  cat >"$WORK/Corefile.tls" <<CONF
tls://.:${TLS_PORT[coredns]} {
  bind 127.0.0.1
  tls $WORK/tls.crt $WORK/tls.key
  errors
  kubernetes cluster.local {
    kubeconfig $WORK/kubeconfig
    ttl 5
  }
  loadbalance
}
CONF
  start coredns-tls "$COREDNS" -conf "$WORK/Corefile.tls"
  COREDNS_TLS=$STARTED
  await_port "${TLS_PORT[coredns]}" coredns-tls
  sleep 5
}

start_fairway() {
  start fairway "$ROOT/fairway" dns --kubeconfig "$WORK/kubeconfig" --listen "127.0.0.1:${PORT[fairway]}" \
    --upstream "127.0.0.1:$UPSTREAM_PORT" \
    --tls-certificate "$WORK/tls.crt" --tls-key "$WORK/tls.key" --tls "127.0.0.1:${TLS_PORT[fairway]}"
  PROCESS[fairway]=$STARTED
  await_answer fairway
}

# Waits until the last Service is answered.
await_answer() {
  local i name="svc-$((SERVICES - 1)).ns-$(((SERVICES - 1) % NAMESPACES)).svc.cluster.local"
  printf '%s A\n' "$name" >"$WORK/last"
  for ((i = 0; i < 300; i++)); do
    dnsperf -s 127.0.0.1 -p "${PORT[$1]}" -d "$WORK/last" -n 1 -t 1 >"$WORK/dnsperf.out" 2>&1
    grep -q 'NOERROR 1 ' "$WORK/dnsperf.out" && return
    kill -0 "${PROCESS[$1]}" 2>/dev/null || break
    sleep 0.2
  done
  fail "$1 does not answer: $(tail -n 3 "$WORK/$1.out")"
}

# load SYSTEM QUESTIONS SECONDS [dnsperf arguments]: sets QPS and COMPLETED.
load() {
  local system=$1 questions=$2 seconds=$3 port=${PORT[$1]} lost
  shift 3
  case " $* " in *" dot "*) port=${TLS_PORT[$system]} ;; esac
  dnsperf -s 127.0.0.1 -p "$port" -d "$WORK/$questions" -l "$seconds" -c 16 -T 2 "$@" \
    >"$WORK/dnsperf.out" 2>&1
  QPS=$(awk '/Queries per second/ { print $4 }' "$WORK/dnsperf.out")
  COMPLETED=$(awk '/Queries completed/ { print $3 }' "$WORK/dnsperf.out")
  lost=$(awk '/Queries lost/ { print $3 }' "$WORK/dnsperf.out")
  [ "${lost:-x}" = 0 ] || say "$system $questions: ${lost:-all} queries lost"
  QPS=${QPS:-0}
  COMPLETED=${COMPLETED:-1}
}

queries() {
  local before after
  before=$(cpu_seconds "${PROCESS[$1]}")
  load "$1" services "$SECONDS_EACH" -q 200
  after=$(cpu_seconds "${PROCESS[$1]}")
  sample "Services by UDP" "queries/s" "$1" "$QPS"
  sample "CPU per million queries" "s" "$1" "$(awk -v a="$after" -v b="$before" -v n="$COMPLETED" \
    'BEGIN { printf "%.3f", (a - b) * 1000000 / n }')"
}

search() {
  load "$1" search "$SECONDS_EACH" -q 200
  sample "search path by UDP" "queries/s" "$1" "$QPS"
}

tcp() {
  load "$1" services "$SECONDS_EACH" -m tcp -q 200
  sample "Services by TCP" "queries/s" "$1" "$QPS"
}

dot() {
  load "$1" services "$SECONDS_EACH" -m dot -q 200
  sample "Services by TLS" "queries/s" "$1" "$QPS"
}

outside() {
  load "$1" outside "$SECONDS_EACH" -q 200
  sample "names outside, cached" "queries/s" "$1" "$QPS"
}

# percentiles SYSTEM: sets P50 and P99, in microseconds, of RATE queries a second.
percentiles() {
  dnsperf -s 127.0.0.1 -p "${PORT[$1]}" -d "$WORK/services" -l "$SECONDS_EACH" -c 16 -T 2 -q 2000 -Q $RATE -v 2>&1 |
    awk '/^> / { print $NF * 1000000 }' | sort -n >"$WORK/latencies"
  read -r P50 P99 < <(awk '{ v[NR] = $1 } END { print v[int(NR * 0.50) + 1], v[int(NR * 0.99) + 1] }' "$WORK/latencies")
}

rate() {
  percentiles "$1"
  sample "p50 at $RATE queries/s" "us" "$1" "$P50"
  sample "p99 at $RATE queries/s" "us" "$1" "$P99"
}

# The same queries while endpoints change, and while they do not.
churn() {
  percentiles "$1"
  [ "$1" = fairway ] && sample "p99 at $RATE queries/s, $CHANGES changes/s" "us" "quiet" "$P99"
  api churn $CHANGES >/dev/null
  sleep 2
  percentiles "$1"
  api churn 0 >/dev/null
  sample "p99 at $RATE queries/s, $CHANGES changes/s" "us" "$1" "$P99"
  sleep 2
}

# At rest, what the start needed for a moment given back.
memory() {
  sleep 10
  sample "resident with $SERVICES Services, $((SERVICES * ENDPOINTS)) endpoints" "MiB" "$1" "$(resident_mib "${PROCESS[$1]}")"
}

propagation() {
  local line
  line=$(api propagation "${PORT[$1]}" "${QUICK:+50}${QUICK:-200}") || return
  sample "watch event to answer, p50" "ms" "$1" "$(awk '{ print $2 }' <<<"$line")"
  sample "watch event to answer, p99" "ms" "$1" "$(awk '{ print $3 }' <<<"$line")"
}

stop() {
  kill "${PROCESS[$1]}" 2>/dev/null
  wait "${PROCESS[$1]}" 2>/dev/null
}

goal "Services by UDP" ">=" 6.00 coredns
goal "Services by UDP" ">=" 1.20 unbound
goal "p99 at $RATE queries/s" "<=" 1.00 unbound
goal "Services by TCP" ">=" 3.00 coredns
goal "Services by TLS" ">=" 3.00 coredns
goal "names outside, cached" ">=" 1.00 unbound
goal "resident with $SERVICES Services, $((SERVICES * ENDPOINTS)) endpoints" "<=" 150 -
goal "p99 at $RATE queries/s, $CHANGES changes/s" "<=" 1.20 quiet
goal "watch event to answer, p99" "<=" 10 -

find_coredns
make_questions
make_certificate
start_upstream
start_api
start_unbound
SYSTEMS=(unbound)
if [ -n "$COREDNS" ]; then
  start_coredns
  SYSTEMS+=(coredns)
fi
start_fairway
SYSTEMS+=(fairway)
ONLY=${ONLY:-"memory queries search tcp dot outside rate churn propagation"}

wanted() { [[ " $ONLY " == *" $1 "* ]]; }

if wanted memory; then
  for system in "${SYSTEMS[@]:1}"; do memory "$system"; done
fi
if wanted dot && [ -n "$COREDNS" ]; then start_coredns_tls; fi
say "warming up"
for system in "${SYSTEMS[@]}"; do
  load "$system" services 5 -q 200
  load "$system" search 3 -q 200
  load "$system" outside 3 -q 200
  load "$system" services 3 -q 200 -m tcp
  if wanted dot; then load "$system" services 3 -q 200 -m dot; fi
done
for ((round = 1; round <= ROUNDS; round++)); do
  say "round $round of $ROUNDS"
  for figure in queries search tcp dot outside rate; do
    wanted "$figure" || continue
    for ((i = 0; i < ${#SYSTEMS[@]}; i++)); do
      "$figure" "${SYSTEMS[(i + round) % ${#SYSTEMS[@]}]}"
    done
  done
done
# From here on one system at a time follows the API server.
stop unbound
if [ -n "${COREDNS_TLS:-}" ]; then kill "$COREDNS_TLS"; fi
for system in "${SYSTEMS[@]:1}"; do stop "$system"; done
for system in "${SYSTEMS[@]:1}"; do
  wanted churn || wanted propagation || continue
  say "changes: $system"
  "start_$system"
  load "$system" services 5 -q 200
  if wanted propagation; then propagation "$system"; fi
  if wanted churn; then
    for ((round = 1; round <= ROUNDS; round++)); do churn "$system"; done
  fi
  stop "$system"
done
report dns "benchmarks/compare/dns.sh --rounds $ROUNDS"
