#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the fairway command of the image; FAIRWAY_HEAP is the largest heap, FAIRWAY_JAVA_OPTIONS is passed on.
export LC_ALL=C.UTF-8
# shellcheck disable=SC2086
exec /opt/fairway/jre/bin/java --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+UseSerialGC -Xms32m -Xmx"${FAIRWAY_HEAP:-256m}" -XX:+ExitOnOutOfMemoryError ${FAIRWAY_JAVA_OPTIONS:-} \
  -cp '/opt/fairway/lib/*' dev.fairway.node.Main "$@"
