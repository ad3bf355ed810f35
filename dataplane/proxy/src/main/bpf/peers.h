// SPDX-License-Identifier: Apache-2.0
/* What the programs that connect sockets tell the one that ends them. */
#ifndef FAIRWAY_PEERS_H
#define FAIRWAY_PEERS_H

#include "layout.h"

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct peer);
} peers SEC(".maps");

#endif
