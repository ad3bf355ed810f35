# SPDX-License-Identifier: Apache-2.0
#
# What the comparisons share; to be sourced. A comparison starts each system on free loopback ports, measures the
# systems in turn, round after round, and hands its samples to report.py. It ends only the processes it started.

COMPARE=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
ROOT=$(dirname "$(dirname "$COMPARE")")
ROUNDS=5
QUICK=
WORK=
SAMPLES=
GOALS=
FILES=
PIDS=()

fail() { printf '%s: %s\n' "$(basename "$0")" "$1" >&2; exit 1; }

say() { printf '%s\n' "$*" >&2; }

# Reads [--rounds N] [--quick] and makes the folder for configurations, logs and samples.
begin() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --rounds) [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || fail "--rounds needs a number from 1 to 99"; ROUNDS=$2; shift 2 ;;
      --quick) QUICK=1; ROUNDS=2; shift ;;
      *) fail "unknown argument '$1' (usage: $(basename "$0") [--rounds N] [--quick])" ;;
    esac
  done
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/fairway-compare.XXXXXX")
  SAMPLES=$WORK/samples.tsv
  GOALS=$WORK/goals.tsv
  : >"$SAMPLES"
  : >"$GOALS"
  trap finish EXIT
  trap 'exit 130' INT TERM
  ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
  FILES=$(ulimit -n)
  [ "$FILES" != unlimited ] || FILES=65536
}

finish() {
  local pid
  for pid in ${PIDS[@]+"${PIDS[@]}"}; do kill "$pid" 2>/dev/null; done
  for pid in ${PIDS[@]+"${PIDS[@]}"}; do wait "$pid" 2>/dev/null; done
  [ -n "${KEEP_WORK:-}" ] || rm -rf "$WORK"
}

# need COMMAND=PACKAGE...: installs the Debian packages of the commands that are missing.
need() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null 2>&1 || [ -e "/usr/sbin/${pair%%=*}" ] || missing+=("${pair##*=}")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  apt-get install -y --no-install-recommends "${missing[@]}" >"$WORK/apt.log" 2>&1 ||
    fail "cannot install ${missing[*]}; install them by hand ($(tail -n 1 "$WORK/apt.log"))"
}

# Prints N free loopback ports.
free_ports() {
  python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PY
}

# start NAME COMMAND...: runs a command in the background; its process id is in STARTED.
start() {
  local name=$1
  shift
  "$@" >"$WORK/$name.out" 2>&1 &
  STARTED=$!
  PIDS+=("$STARTED")
}

# Waits until something accepts connections on a port of a process that start() made.
await_port() {
  local i
  for ((i = 0; i < 300; i++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    kill -0 "$STARTED" 2>/dev/null || break
    sleep 0.1
  done
  fail "nothing listens on 127.0.0.1:$1: $(tail -n 3 "$WORK/$2.out")"
}

# The process and its children.
tree_of() { printf '%s ' "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null); }

# CPU seconds that a process and its children used so far.
cpu_seconds() {
  local pid files=()
  for pid in $(tree_of "$1"); do files+=("/proc/$pid/stat"); done
  awk -v hz="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); t += $12 + $13 } END { printf "%.2f\n", t / hz }' "${files[@]}"
}

# Resident MiB of a process and its children; pages they share are counted once.
resident_mib() {
  local pid files=()
  for pid in $(tree_of "$1"); do files+=("/proc/$pid/smaps_rollup"); done
  awk '/^Pss:/ { t += $2 } END { printf "%.1f\n", t / 1024 }' "${files[@]}"
}

# sample FIGURE UNIT SYSTEM VALUE
sample() { printf '%s\t%s\t%s\t%s\n' "$@" >>"$SAMPLES"; }

# goal FIGURE COMPARISON FACTOR PEER: the figure of fairway against FACTOR times that of the peer, or against FACTOR
# itself where the peer is "-". COMPARISON is >= or <=. A FACTOR F+N is F times that of the peer and N more.
goal() { printf '%s\t%s\t%s\t%s\n' "$@" >>"$GOALS"; }

# report NAME COMMAND: prints the table; a full run also writes the results, their plot and the table in RESULTS.md.
report() {
  python3 "$COMPARE/report.py" "$SAMPLES" "$GOALS" "$1" "$ROUNDS" "$2" ${QUICK:+--quick}
}

# Builds the benchmarks and sets JAVA (the command with the options that ./fairway uses) and CLASS_PATH.
build_fairway() {
  command -v mvn >/dev/null 2>&1 || fail "Maven is needed to build Fairway"
  local jdk
  jdk=$(find_jdk) || exit 1
  say "building"
  (cd "$ROOT" && JAVA_HOME=$jdk mvn -B -q -P quick -Dbuild.folder=target/quick -Dmaven.test.skip=true \
    -Dspotless.check.skip=true -pl benchmarks -am package) >"$WORK/build.log" 2>&1 ||
    fail "the build failed: $(grep -m 3 ERROR "$WORK/build.log")"
  # Jars, each by its name: an archive of classes is bound to them.
  CLASS_PATH=$(printf '%s:' "$ROOT"/benchmarks/target/quick/fairway-benchmarks-*.jar "$ROOT"/benchmarks/target/quick/lib/*.jar)
  # shellcheck disable=SC1090
  source <(sed -n '/^JVM_OPTIONS=(/,/^)/p' "$ROOT/fairway")
  JAVA=("$jdk/bin/java" "${JVM_OPTIONS[@]}")
}

find_jdk() {
  # shellcheck disable=SC1090
  source <(sed -n '/^REQUIRED=/p; /^jdk_version() {/,/^}/p; /^find_jdk() {/,/^}/p' "$ROOT/fairway")
  find_jdk
}
