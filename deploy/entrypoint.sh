#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the fairway command of the image. FAIRWAY_HEAP and FAIRWAY_DIRECT, or --max-heap and --max-direct-memory, bound its
# memory; FAIRWAY_JAVA_OPTIONS is passed on.
set -eu
export LC_ALL=C.UTF-8
HOME_DIR=${FAIRWAY_HOME:-/opt/fairway}

# Half of what the container may use for the heap, a quarter for buffers, as far as the defaults are not less.
mebibytes() { # SHARE DEFAULT
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || echo max)
  case $limit in
    '' | *[!0-9]* | ????????????????*) echo "$2" ;;
    *)
      limit=$((limit / 1048576 / $1))
      if [ "$limit" -lt "$2" ]; then echo "$limit"; else echo "$2"; fi
      ;;
  esac
}

name=
for word in "$@"; do
  if [ -n "$name" ]; then word=$name=$word; fi
  name=
  case $word in
    --max-heap | -max-heap | --max-direct-memory | -max-direct-memory) name=$word ;;
    --max-heap=* | -max-heap=*) FAIRWAY_HEAP=${word#*=} ;;
    --max-direct-memory=* | -max-direct-memory=*) FAIRWAY_DIRECT=${word#*=} ;;
  esac
done
heap=${FAIRWAY_HEAP:-$(mebibytes 2 512)m}
direct=${FAIRWAY_DIRECT:-$(mebibytes 4 256)m}
archive=
small=
case ${1:-} in
  node | dns) [ ! -f "$HOME_DIR/node.aot" ] || archive=-XX:AOTCache=$HOME_DIR/node.aot ;;
esac
# As in the script fairway, which says why.
[ "${1:-}" != dns ] || small="-Xmn8m -XX:TrimNativeHeapInterval=3000 -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"

# An archive that does not fit is left aside by the JVM, which says so. 256 Mi is written as 256m here.
# shellcheck disable=SC2086
exec "$HOME_DIR/jre/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+UseSerialGC -XX:MinHeapFreeRatio=20 -XX:MaxHeapFreeRatio=40 -XX:-ShrinkHeapInSteps \
  -Xms32m -Xmx"${heap%i}" -XX:MaxDirectMemorySize="${direct%i}" -XX:MaxMetaspaceSize=128m -XX:ReservedCodeCacheSize=64m \
  -XX:+ExitOnOutOfMemoryError -Xlog:disable -Xlog:all=error:stderr:uptime,level,tags $archive $small ${FAIRWAY_JAVA_OPTIONS:-} \
  "@$HOME_DIR/class-path" dev.fairway.node.Main "$@"
