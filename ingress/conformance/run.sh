#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Run the conformance suite of the Gateway API against Fairway in a real Kubernetes cluster.
# Usage: run.sh [--profiles A,B] [--run-test NAME] [--skip-tests A,B] [--features A,B] [--channel NAME] [--keep]
#   --profiles  default GATEWAY-HTTP,GATEWAY-GRPC,GATEWAY-TLS,GATEWAY-TCP,GATEWAY-UDP
#   --features  test these, not those that the status of the GatewayClass names
#   --channel   of the kinds that are installed: standard (default) or experimental
#   --keep      leave the cluster and the gateway running; run again to test anew, end with --down
#   --down      end what --keep left
# FAIRWAY names another program to run as `fairway`. Needs root, go >= 1.26, python3, and a realk8s folder: FAIRWAY_REALK8S or ../shared/realk8s beside
# the repository. What is built is kept in CONFORMANCE_CACHE (~/.cache/fairway-conformance).
# Results: target/conformance/{report.yaml,log.txt,table.txt} in the module's folder.
set -euo pipefail

VERSION=v1.6.3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
realk8s=${FAIRWAY_REALK8S:-$repo/../shared/realk8s}
cache=${CONFORMANCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fairway-conformance}
out=$repo/ingress/target/conformance
export CACHE=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/realk8s}
export WORK=${WORK:-$cache/work} NETNS=${NETNS:-gwconf}
pool=10.250.0.0/24

profiles=GATEWAY-HTTP,GATEWAY-GRPC,GATEWAY-TLS,GATEWAY-TCP,GATEWAY-UDP channel=standard keep='' arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --profiles) profiles=$2; shift 2 ;;
    --run-test) arguments+=(-run-test "$2"); shift 2 ;;
    --skip-tests) arguments+=(-skip-tests "$2"); shift 2 ;;
    --features) arguments+=(-supported-features "$2"); shift 2 ;;
    --channel) channel=$2; shift 2 ;;
    --keep) keep=yes; shift ;;
    --down) exec "$realk8s/down.sh" ;;
    *) sed -n 's/^# \(Usage:\|  --\)/\1/p' "$0"; exit 2 ;;
  esac
done
[ -x "$realk8s/up.sh" ] || { echo "run.sh: no realk8s in $realk8s: set FAIRWAY_REALK8S" >&2; exit 1; }

module() { (cd "$cache/suite" && go list -m -f '{{.Dir}}' "$1"); }

# The suite's own test program, and the echo server that its pods run, as an image.
build() {
  mkdir -p "$cache/suite" "$out"
  if [ ! -x "$cache/conformance-$VERSION.test" ] || [ ! -x "$cache/echo-$VERSION" ]; then
    cat > "$cache/suite/conformance_test.go" <<X
package suite

import (
	"testing"

	"sigs.k8s.io/gateway-api/conformance"
	_ "sigs.k8s.io/gateway-api/pkg/consts"
)

func TestConformance(t *testing.T) { conformance.RunConformance(t) }
X
    (
      cd "$cache/suite"
      export GOTOOLCHAIN=local CGO_ENABLED=0
      [ -e go.mod ] || go mod init fairway.dev/conformance
      go get "sigs.k8s.io/gateway-api@$VERSION" "sigs.k8s.io/gateway-api/conformance@$VERSION"
      go mod tidy
      go test -c -o "$cache/conformance-$VERSION.test" .
      go build -o "$cache/echo-$VERSION" sigs.k8s.io/gateway-api/conformance/echo-basic
    )
  fi
  local echo_tags=() tag
  for tag in $(grep -rhoE 'gateway-api/echo-basic:[^ ]+' "$(module sigs.k8s.io/gateway-api/conformance)" | sort -u); do
    echo_tags+=("registry.k8s.io/$tag")
  done
  python3 "$here/image.py" "$CACHE/images/gateway-echo.tar" "$cache/echo-$VERSION" "${echo_tags[@]}"
  # The DNS server that the tests of UDPRoute talk to.
  python3 "$here/image.py" "$CACHE/images/gateway-coredns.tar" "$CACHE/bin/coredns" \
    registry.k8s.io/coredns/coredns:v1.12.2
}

inside() { "$realk8s/inside.sh" "$@"; }

up() {
  inside true 2>/dev/null || "$realk8s/up.sh"
  inside ip route replace local "$pool" dev lo
  local kinds
  kinds=$(printf ' -f %s' "$(module sigs.k8s.io/gateway-api)/config/crd/$channel"/gateway*.yaml)
  # It forbids a cluster that was kept to change its channel.
  inside kubectl delete --ignore-not-found validatingadmissionpolicy \
    safe-upgrades.gateway.networking.k8s.io >/dev/null
  # shellcheck disable=SC2086
  inside kubectl apply --server-side $kinds >/dev/null
  # Anew, so that its status is that of the gateway that is about to start.
  inside kubectl delete --ignore-not-found -f "$here/gatewayclass.yaml" >/dev/null
  inside kubectl apply -f "$here/gatewayclass.yaml" >/dev/null
}

end_gateway() {
  local pid
  pid=$(cat "$WORK/gateway.pid" 2>/dev/null) || return 0
  inside kill "$pid" 2>/dev/null || true
  while inside kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
  rm -f "$WORK/gateway.pid"
}

# The gateway runs on the node, as pods there have addresses that it reaches.
start_gateway() {
  # shellcheck disable=SC2016
  inside bash -c 'echo $$ > "$1/gateway.pid"; shift; exec "$@"' - "$WORK" \
    "${FAIRWAY:-$repo/fairway}" ingress --kubeconfig "$WORK/admin.conf" --bind 10.250.0.1 \
    --address-pool "$pool" >"$out/gateway.log" 2>&1 &
}

stop() {
  [ -z "$keep" ] || return 0
  end_gateway
  "$realk8s/down.sh"
}

build
trap stop EXIT
end_gateway
up
start_gateway
inside kubectl wait --for=condition=Accepted gatewayclass/fairway --timeout=60s >/dev/null
rm -f "$out/report.yaml"
status=0
inside "$cache/conformance-$VERSION.test" -test.v -test.timeout 60m -gateway-class fairway \
  -conformance-profiles "$profiles" -report-output "$out/report.yaml" -organization fairway \
  -project fairway -url https://fairway.dev -version dev -contact none \
  -usable-address 10.250.0.240 -unusable-address 192.0.2.1 \
  "${arguments[@]}" >"$out/log.txt" 2>&1 || status=$?
grep -E '^    --- (PASS|FAIL|SKIP)' "$out/log.txt" | sed 's/^ *--- //' | sort >"$out/table.txt" || true
cat "$out/table.txt"
printf '%s passed, %s failed, %s skipped\n' "$(grep -c ^PASS "$out/table.txt")" \
  "$(grep -c ^FAIL "$out/table.txt")" "$(grep -c ^SKIP "$out/table.txt")"
exit "$status"
