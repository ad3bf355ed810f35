// SPDX-License-Identifier: Apache-2.0
/*
 * The maps that programs and proxier share. Every address has 16 bytes, IPv4 ones mapped into IPv6, so one
 * set of maps serves both families. Ports are in network order, all other numbers in the machine's.
 *
 * The Java side has these layouts in MapLayouts; a test compares the two. Whoever changes one in a way that
 * maps of a running node do not follow gives the directory of the pinned maps a new version.
 */
#ifndef FAIRWAY_LAYOUT_H
#define FAIRWAY_LAYOUT_H

#include <linux/bpf.h>
#include <linux/in.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct addr {
    __u32 w[4];
};

/* What becomes of a new connection. */
enum verdict {
    VERDICT_FORWARD = 0, /* a backend of the set gets it */
    VERDICT_REJECT = 1,  /* the client is told that nobody is there */
    VERDICT_DROP = 2,    /* the client hears nothing */
    VERDICT_STEER = 3,   /* left alone here: the userspace proxier gets it through sk_lookup */
};

enum frontend_flags {
    FRONTEND_SOURCE_RANGES = 1, /* packets are admitted by source_ranges only */
};

/* A frontend. Port and protocol 0 stand for all that a ClusterIP does not have, the address :: (or its
 * IPv4 counterpart) for every address that answers node ports. */
struct frontend_key {
    struct addr addr;
    __be16 port;
    __u8 protocol;
    __u8 zero;
};

struct frontend {
    __u64 port_id; /* of the service port and family; 0 where nothing remembers clients */
    __u32 set;
    __u32 size; /* backends in the set */
    __u32 affinity_seconds;
    __u8 verdict; /* of sockets on this node */
    __u8 inside;  /* of packets from pods and nodes */
    __u8 outside; /* of packets from elsewhere */
    __u8 kind;
    __u32 flags;
    __u32 zero;
};

struct backend {
    struct addr addr;
    __be16 port;
    __u16 zero;
};

/* Backends come in groups of this many: fewer, bigger elements take less time to write and less memory. */
#define GROUP 8

/* A set is never modified: a change makes a new one, and frontends switch to it. */
struct group_key {
    __u32 set;
    __u32 group;
};

struct group {
    struct backend backends[GROUP];
};

/* Whether a set has a backend; written for sets that are asked. */
struct member_key {
    __u32 set;
    struct backend backend;
};

enum client_kind {
    CLIENT_NETNS = 0, /* the cookie of a network namespace */
    CLIENT_ADDRESS = 1,
};

struct affinity_key {
    __u64 port_id;
    struct addr client;
    __u32 kind;
    __u32 zero;
};

struct affinity {
    __u64 last_used_ns; /* CLOCK_MONOTONIC */
    struct backend backend;
    __u32 zero;
};

/* An address and port that a client knows, and what it stands for. */
struct translation {
    struct addr vip;
    struct backend backend;
    __be16 vip_port;
    __u16 zero;
};

/* A connected socket. */
struct peer {
    __u64 port_id;
    struct translation translation;
};

#define TRANSLATIONS 4

/* A UDP socket that is not connected. */
struct destinations {
    struct translation translations[TRANSLATIONS];
    __u32 more; /* there are others in more_destinations */
};

enum direction {
    DIRECTION_OUT = 0, /* from VIP to backend */
    DIRECTION_BACK = 1,
};

struct destination_key {
    __u64 socket; /* cookie */
    struct addr addr;
    __be16 port;
    __u16 direction;
    __u32 zero;
};

/* length in bits of what follows it, as the kernel's tries want it */
struct range_key {
    __u32 length;
    struct addr addr;
};

struct source_range_key {
    __u32 length;
    __u32 port_id[2];
    struct addr addr;
};

enum skip_kind {
    SKIP_NETNS = 0,  /* cookie of a network namespace */
    SKIP_CGROUP = 1, /* id of a cgroup */
    OUR_NETNS = 2,   /* cookie of a network namespace that is served, where not all are */
};

struct skip_key {
    __u64 id;
    __u64 kind;
};

enum settings_flags {
    SETTINGS_STEERING = 1,  /* packets to service addresses reach the program at lookup */
    SETTINGS_FAIL_FAST = 2, /* DROP fails with EHOSTUNREACH at once */
    SETTINGS_SKIP = 4,      /* there are elements in skip */
    SETTINGS_OURS = 8,      /* only sockets of network namespaces in skip as OUR_NETNS are served */
};

struct settings {
    __u32 flags;
    __u32 listeners; /* bits by enum listener: sockets that are to be there while the proxier lives */
};

/* Somebody who asked a socket that is gone, noted on the processor that is about to refuse him. */
struct unanswered {
    struct addr local;
    struct addr remote;
    __be16 local_port;
    __be16 remote_port;
    __u32 protocol; /* 0 for nobody */
    __u64 at_ns;    /* CLOCK_MONOTONIC */
};

/* A backend that a service port does not have any more. */
struct victim_key {
    __u64 port_id;
    struct backend backend;
    __u32 zero;
};

enum counter {
    COUNT_FORWARDED,
    COUNT_REJECTED,
    COUNT_DROPPED,
    COUNT_STEERED,
    COUNT_STICKY, /* affinity decided */
    COUNT_RACED,  /* a set was gone before it was read */
    COUNTERS,
};

enum listener {
    LISTENER_TCP4,
    LISTENER_TCP6,
    LISTENER_UDP4,
    LISTENER_UDP6,
    TARPIT_TCP4,
    TARPIT_TCP6,
    TARPIT_UDP4,
    TARPIT_UDP6,
    LISTENERS,
};

static __always_inline int same_addr(const struct addr *a, const struct addr *b)
{
    return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}

#endif
