// SPDX-License-Identifier: Apache-2.0

/**
 * Serves services inside the kernel: BPF programs connect sockets to backends as they connect.
 *
 * <p>Starting points: {@link dev.fairway.proxy.bpf.BpfProxier} is the data plane; {@code
 * src/main/bpf/fairway.bpf.c} has the programs and {@code layout.h} the maps they share with {@code
 * FrontendRows} and {@code BackendSets}, which decide what is in them; {@code DataPath} loads,
 * attaches, adopts and grows; {@code LibBpf} is the only way to native code.
 */
@NullMarked
package dev.fairway.proxy.bpf;

import org.jspecify.annotations.NullMarked;
