#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles the programs to DIRECTORY (default: where the resources are). Needs clang, llvm-strip and libbpf's headers.
set -eu
cd "$(dirname "$0")"
out=${1:-../resources/dev/fairway/proxy/bpf}
clang=${CLANG:-clang}
mkdir -p "$out"
for program in fairway destroy silence; do
  # Line information of the compiler would name this directory.
  "$clang" -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter \
    -I"/usr/include/$(uname -m)-linux-gnu" -ffile-prefix-map="$PWD=." -c "$program.bpf.c" -o "$out/$program.bpf.o"
  llvm-strip -g "$out/$program.bpf.o"
done
