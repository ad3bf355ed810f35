// SPDX-License-Identifier: Apache-2.0
/* What the program at socket lookup tells the one that holds refusals back. */
#ifndef FAIRWAY_UNANSWERED_H
#define FAIRWAY_UNANSWERED_H

#include "layout.h"

/* Whom this processor is about to refuse though he is to hear nothing. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct unanswered);
} unanswered SEC(".maps");

#endif
