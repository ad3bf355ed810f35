#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the query parser and handler with Jazzer: dns/fuzz.sh [SECONDS]
# What it finds is written to dns/target/fuzz; inputs that are worth keeping go to src/test/resources/fuzz/query.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
jazzer=0.30.0
work=dns/target/fuzz
mkdir -p "$work/corpus"
mvn -q -B -pl dns -am package -DskipTests -Dspotless.check.skip=true \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$PWD/$work/classpath" -DincludeScope=test
for artifact in jazzer jazzer-api; do
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact="com.code-intelligence:$artifact:$jazzer" -DoutputDirectory="$PWD/$work/lib"
done
classes="dns/target/test-classes:dns/target/classes:$(cat "$work/classpath")"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" --enable-native-access=ALL-UNNAMED -XX:+EnableDynamicAgentLoading \
  -cp "$work/lib/jazzer-$jazzer.jar:$work/lib/jazzer-api-$jazzer.jar:$classes" \
  com.code_intelligence.jazzer.Jazzer \
  --target_class=dev.fairway.dns.server.QueryFuzz \
  --instrumentation_includes='dev.fairway.dns.**' \
  --reproducer_path="$work" \
  -max_total_time="$seconds" -max_len=1024 -rss_limit_mb=4096 -artifact_prefix="$work/" \
  "$work/corpus" dns/src/test/resources/fuzz/query
