// SPDX-License-Identifier: Apache-2.0
/*
 * Socket load balancing: a socket that connects to a service address is connected to a backend instead, and
 * believes to talk to the service address. Packets that come to a service address all the same, from machines
 * or namespaces that these programs do not see, are steered to the sockets of the userspace proxier.
 *
 * The programs choose and remember; which backends there are to choose from, and every verdict, was decided by
 * whoever wrote the maps.
 */
#include "layout.h"
#include "peers.h"
#include "unanswered.h"

#define ALLOW 1
#define DENY 0

#define EHOSTUNREACH 113
#define ECONNREFUSED 111

#define NANOS 1000000000ull

/* How long a client may wait for a proxier that is gone before he is refused. */
#define SILENCE_SECONDS 60

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, struct frontend_key);
    __type(value, struct frontend);
} frontends SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, struct group_key);
    __type(value, struct group);
} groups SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, struct member_key);
    __type(value, __u32);
} members SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct affinity_key);
    __type(value, struct affinity);
} affinities SEC(".maps");

/* Addresses that answer node ports. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 4096);
    __type(key, struct addr);
    __type(value, __u32);
} node_addresses SEC(".maps");

/* Ranges of ClusterIPs, with the verdict for addresses of no service. */
struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, struct range_key);
    __type(value, __u32);
} service_ranges SEC(".maps");

/* Addresses of pods and of this node. */
struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 4096);
    __type(key, struct range_key);
    __type(value, __u32);
} inside_ranges SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, struct source_range_key);
    __type(value, __u32);
} source_ranges SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct destinations);
} destinations SEC(".maps");

/* Of sockets that talk to more service addresses than their own memory holds. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, struct destination_key);
    __type(value, struct translation);
} more_destinations SEC(".maps");

/* The address of the pod that has a network namespace, by its cookie. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 4096);
    __type(key, __u64);
    __type(value, struct addr);
} pod_addresses SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 4096);
    __type(key, struct skip_key);
    __type(value, __u32);
} skip SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_SOCKMAP);
    __uint(max_entries, LISTENERS);
    __type(key, __u32);
    __type(value, __u64);
} listeners SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct settings);
} settings SEC(".maps");

/* Addresses that are here for their services only: their other ports are nobody's. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, struct addr);
    __type(value, __u32);
} guarded SEC(".maps");

/* Since when listening sockets are missing, CLOCK_MONOTONIC; 0 while they are there. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} missing_since SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, COUNTERS);
    __type(key, __u32);
    __type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 counter)
{
    __u64 *value = bpf_map_lookup_elem(&counters, &counter);
    if (value)
        *value += 1;
}

static __always_inline struct addr mapped(__u32 ip4)
{
    struct addr addr = {.w = {0, 0, bpf_htonl(0xffff), ip4}};
    return addr;
}

static __always_inline int is_mapped(const struct addr *addr)
{
    return addr->w[0] == 0 && addr->w[1] == 0 && addr->w[2] == bpf_htonl(0xffff);
}

/* What connecting to the unspecified address means. */
static __always_inline void unspecified_is_loopback(struct addr *addr)
{
    if (addr->w[0] || addr->w[1] || addr->w[3])
        return;
    if (addr->w[2] == bpf_htonl(0xffff))
        addr->w[3] = bpf_htonl(0x7f000001);
    else if (addr->w[2] == 0)
        addr->w[3] = bpf_htonl(1);
}

static __always_inline struct frontend *exact(const struct addr *addr, __be16 port, __u8 protocol)
{
    struct frontend_key key = {.addr = *addr, .port = port, .protocol = protocol};
    return bpf_map_lookup_elem(&frontends, &key);
}

/* The frontend that an address, port and protocol mean, also as a node port or as a port that a ClusterIP does
 * not have. */
static __always_inline struct frontend *frontend_of(const struct addr *addr, __be16 port, __u8 protocol)
{
    struct frontend *found = exact(addr, port, protocol);
    if (found)
        return found;
    if (bpf_map_lookup_elem(&node_addresses, addr)) {
        struct addr any = {};
        if (is_mapped(addr))
            any.w[2] = bpf_htonl(0xffff);
        found = exact(&any, port, protocol);
        if (found)
            return found;
    }
    return exact(addr, 0, 0);
}

/* Of an address that no service has. */
static __always_inline int is_unallocated(const struct addr *addr)
{
    struct range_key key = {.length = 128, .addr = *addr};
    return bpf_map_lookup_elem(&service_ranges, &key) != 0;
}

static __always_inline int is_member(__u32 set, const struct backend *backend)
{
    struct member_key key = {.set = set, .backend = *backend};
    key.backend.zero = 0;
    return bpf_map_lookup_elem(&members, &key) != 0;
}

static __always_inline int any_member(const struct frontend *frontend, struct backend *backend)
{
    __u32 slot = ((__u64)bpf_get_prandom_u32() * frontend->size) >> 32;
    struct group_key key = {.set = frontend->set, .group = slot / GROUP};
    struct group *group = bpf_map_lookup_elem(&groups, &key);
    if (!group)
        return 0;
    *backend = group->backends[slot % GROUP];
    return 1;
}

/* The backend that the client of a socket sticks to, else any one, which it sticks to from now on. */
static __always_inline int sticky_member(
    struct bpf_sock_addr *ctx, const struct frontend *frontend, struct backend *backend)
{
    __u64 cookie = bpf_get_netns_cookie(ctx);
    struct affinity_key key = {.port_id = frontend->port_id};
    struct addr *pod = bpf_map_lookup_elem(&pod_addresses, &cookie);
    if (pod) {
        key.client = *pod;
        key.kind = CLIENT_ADDRESS;
    } else {
        key.client.w[0] = cookie >> 32;
        key.client.w[1] = cookie;
    }
    __u64 now = bpf_ktime_get_ns();
    struct affinity *known = bpf_map_lookup_elem(&affinities, &key);
    if (known && now - known->last_used_ns < frontend->affinity_seconds * NANOS) {
        struct backend before = known->backend;
        if (is_member(frontend->set, &before)) {
            known->last_used_ns = now;
            *backend = before;
            count(COUNT_STICKY);
            return 1;
        }
    }
    if (!any_member(frontend, backend))
        return 0;
    struct affinity record = {.last_used_ns = now, .backend = *backend};
    bpf_map_update_elem(&affinities, &key, &record, BPF_ANY);
    return 1;
}

static __always_inline int choose(
    struct bpf_sock_addr *ctx, const struct frontend *frontend, struct backend *backend)
{
    return frontend->affinity_seconds ? sticky_member(ctx, frontend, backend) : any_member(frontend, backend);
}

static __always_inline int is_skipped(struct bpf_sock_addr *ctx, const struct settings *now)
{
    if (!(now->flags & (SETTINGS_SKIP | SETTINGS_OURS)))
        return 0;
    struct skip_key key = {.id = bpf_get_netns_cookie(ctx), .kind = OUR_NETNS};
    if (now->flags & SETTINGS_OURS && !bpf_map_lookup_elem(&skip, &key))
        return 1;
    key.kind = SKIP_NETNS;
    if (bpf_map_lookup_elem(&skip, &key))
        return 1;
    key.id = bpf_get_current_cgroup_id();
    key.kind = SKIP_CGROUP;
    return bpf_map_lookup_elem(&skip, &key) != 0;
}

static __always_inline int refuse(int error)
{
    bpf_set_retval(-error);
    return DENY;
}

/* Where nothing is to be translated: tells the client so at once, or leaves it to what packets will meet. */
static __always_inline int untranslated(
    struct bpf_sock_addr *ctx, const struct settings *now, __u8 verdict)
{
    if (verdict == VERDICT_REJECT) {
        count(COUNT_REJECTED);
        /* UDP: an ICMP message is on its way when there is somebody to send it, and the socket may wait for
         * better times. */
        if (ctx->protocol == IPPROTO_UDP && (now->flags & SETTINGS_STEERING))
            return ALLOW;
        return refuse(ECONNREFUSED);
    }
    if (verdict == VERDICT_DROP) {
        count(COUNT_DROPPED);
        return now->flags & SETTINGS_FAIL_FAST ? refuse(EHOSTUNREACH) : ALLOW;
    }
    count(COUNT_STEERED);
    return ALLOW;
}

static __always_inline const struct settings *current_settings(void)
{
    __u32 zero = 0;
    return bpf_map_lookup_elem(&settings, &zero);
}

/* Decides about a socket that connects: 1 and a backend if it is to be connected to that. */
static __always_inline int on_connect(
    struct bpf_sock_addr *ctx, struct addr addr, struct backend *backend, int *result)
{
    __be16 port = ctx->user_port;
    __u8 protocol = ctx->protocol;
    *result = ALLOW;
    if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
        return 0;
    const struct settings *now = current_settings();
    if (!now)
        return 0;
    unspecified_is_loopback(&addr);
    struct frontend *frontend = frontend_of(&addr, port, protocol);
    if (!frontend || is_skipped(ctx, now)) {
        bpf_sk_storage_delete(&peers, ctx->sk);
        if (!frontend && (now->flags & SETTINGS_FAIL_FAST) && is_unallocated(&addr))
            *result = untranslated(ctx, now, VERDICT_DROP);
        return 0;
    }
    struct frontend copy = *frontend;
    if (copy.verdict == VERDICT_FORWARD && !choose(ctx, &copy, backend)) {
        /* The set was replaced and collected since; the frontend knows the new one. */
        count(COUNT_RACED);
        copy = *frontend;
        if (copy.verdict == VERDICT_FORWARD && !choose(ctx, &copy, backend))
            copy.verdict = VERDICT_STEER;
    }
    if (copy.verdict != VERDICT_FORWARD) {
        bpf_sk_storage_delete(&peers, ctx->sk);
        *result = untranslated(ctx, now, copy.verdict);
        return 0;
    }
    struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
    if (peer) {
        peer->port_id = copy.port_id;
        peer->translation.vip = addr;
        peer->translation.vip_port = port;
        peer->translation.backend = *backend;
    }
    count(COUNT_FORWARDED);
    return 1;
}

static __always_inline struct addr addr6(struct bpf_sock_addr *ctx)
{
    struct addr addr = {
        .w = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]}};
    return addr;
}

static __always_inline void set4(struct bpf_sock_addr *ctx, const struct addr *addr, __be16 port)
{
    ctx->user_ip4 = addr->w[3];
    ctx->user_port = port;
}

static __always_inline void set6(struct bpf_sock_addr *ctx, const struct addr *addr, __be16 port)
{
    ctx->user_ip6[0] = addr->w[0];
    ctx->user_ip6[1] = addr->w[1];
    ctx->user_ip6[2] = addr->w[2];
    ctx->user_ip6[3] = addr->w[3];
    ctx->user_port = port;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
    struct backend backend = {};
    int result;
    if (on_connect(ctx, mapped(ctx->user_ip4), &backend, &result))
        set4(ctx, &backend.addr, backend.port);
    return result;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
    struct backend backend = {};
    int result;
    if (on_connect(ctx, addr6(ctx), &backend, &result))
        set6(ctx, &backend.addr, backend.port);
    return result;
}

/* What the peer of a connected socket is called, if it is the backend that the socket was given. */
static __always_inline int on_peer_name(struct bpf_sock_addr *ctx, const struct addr *addr, struct addr *vip, __be16 *port)
{
    struct peer *peer = bpf_sk_storage_get(&peers, ctx->sk, 0, 0);
    if (!peer || peer->translation.backend.port != (__be16)ctx->user_port
        || !same_addr(&peer->translation.backend.addr, addr))
        return 0;
    *vip = peer->translation.vip;
    *port = peer->translation.vip_port;
    return 1;
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
    struct addr addr = mapped(ctx->user_ip4);
    __be16 port;
    if (on_peer_name(ctx, &addr, &addr, &port))
        set4(ctx, &addr, port);
    return ALLOW;
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx)
{
    struct addr addr = addr6(ctx);
    __be16 port;
    if (on_peer_name(ctx, &addr, &addr, &port))
        set6(ctx, &addr, port);
    return ALLOW;
}

static __always_inline struct translation *outward(
    struct destinations *of, const struct addr *vip, __be16 port)
{
#pragma unroll
    for (int i = 0; i < TRANSLATIONS; i++) {
        struct translation *t = &of->translations[i];
        if (t->vip_port == port && same_addr(&t->vip, vip))
            return t;
    }
    return 0;
}

static __always_inline struct translation *backward(
    struct destinations *of, const struct addr *addr, __be16 port)
{
#pragma unroll
    for (int i = 0; i < TRANSLATIONS; i++) {
        struct translation *t = &of->translations[i];
        if (t->vip_port && t->backend.port == port && same_addr(&t->backend.addr, addr))
            return t;
    }
    return 0;
}

static __always_inline struct translation *unused(struct destinations *of)
{
#pragma unroll
    for (int i = 0; i < TRANSLATIONS; i++)
        if (!of->translations[i].vip_port)
            return &of->translations[i];
    return 0;
}

/* A socket that sends to a backend by its own address wants answers to come from there. */
static __always_inline void forget_backend(struct bpf_sock_addr *ctx, const struct addr *addr, __be16 port)
{
    struct destinations *of = bpf_sk_storage_get(&destinations, ctx->sk, 0, 0);
    if (!of)
        return;
    struct translation *t = backward(of, addr, port);
    if (t)
        t->vip_port = 0;
    if (of->more) {
        struct destination_key key = {
            .socket = bpf_get_socket_cookie(ctx), .addr = *addr, .port = port, .direction = DIRECTION_BACK};
        bpf_map_delete_elem(&more_destinations, &key);
    }
}

/* The backend of a socket's datagrams to a frontend: the one before as long as the frontend has it. */
static __always_inline int destination(
    struct bpf_sock_addr *ctx, const struct frontend *frontend, const struct addr *vip, __be16 port,
    struct backend *backend)
{
    struct destinations *of = bpf_sk_storage_get(&destinations, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
    if (!of)
        return 0;
    struct translation *known = outward(of, vip, port);
    if (known) {
        *backend = known->backend;
        if (is_member(frontend->set, backend))
            return 1;
    } else {
        known = unused(of);
    }
    if (known) {
        if (!choose(ctx, frontend, backend))
            return 0;
        known->vip = *vip;
        known->backend = *backend;
        known->vip_port = port;
        return 1;
    }
    struct destination_key key = {
        .socket = bpf_get_socket_cookie(ctx), .addr = *vip, .port = port, .direction = DIRECTION_OUT};
    struct translation *other = bpf_map_lookup_elem(&more_destinations, &key);
    if (other) {
        *backend = other->backend;
        if (is_member(frontend->set, backend))
            return 1;
    }
    if (!choose(ctx, frontend, backend))
        return 0;
    struct translation fresh = {.vip = *vip, .backend = *backend, .vip_port = port};
    of->more = 1;
    bpf_map_update_elem(&more_destinations, &key, &fresh, BPF_ANY);
    key.addr = backend->addr;
    key.port = backend->port;
    key.direction = DIRECTION_BACK;
    bpf_map_update_elem(&more_destinations, &key, &fresh, BPF_ANY);
    return 1;
}

/* Decides about a datagram of a socket that is not connected. */
static __always_inline int on_send(
    struct bpf_sock_addr *ctx, struct addr addr, struct backend *backend, int *result)
{
    __be16 port = ctx->user_port;
    *result = ALLOW;
    if (ctx->protocol != IPPROTO_UDP)
        return 0;
    const struct settings *now = current_settings();
    if (!now)
        return 0;
    unspecified_is_loopback(&addr);
    struct frontend *frontend = frontend_of(&addr, port, IPPROTO_UDP);
    if (!frontend || is_skipped(ctx, now)) {
        forget_backend(ctx, &addr, port);
        if (!frontend && (now->flags & SETTINGS_FAIL_FAST) && is_unallocated(&addr))
            *result = untranslated(ctx, now, VERDICT_DROP);
        return 0;
    }
    struct frontend copy = *frontend;
    if (copy.verdict == VERDICT_FORWARD && !destination(ctx, &copy, &addr, port, backend)) {
        count(COUNT_RACED);
        copy = *frontend;
        if (copy.verdict == VERDICT_FORWARD && !destination(ctx, &copy, &addr, port, backend))
            copy.verdict = VERDICT_STEER;
    }
    if (copy.verdict != VERDICT_FORWARD) {
        *result = untranslated(ctx, now, copy.verdict);
        return 0;
    }
    count(COUNT_FORWARDED);
    return 1;
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx)
{
    struct backend backend = {};
    int result;
    if (on_send(ctx, mapped(ctx->user_ip4), &backend, &result))
        set4(ctx, &backend.addr, backend.port);
    return result;
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx)
{
    struct backend backend = {};
    int result;
    if (on_send(ctx, addr6(ctx), &backend, &result))
        set6(ctx, &backend.addr, backend.port);
    return result;
}

/* Whom a datagram seems to come from. */
static __always_inline int on_receive(
    struct bpf_sock_addr *ctx, const struct addr *addr, struct addr *vip, __be16 *port)
{
    __be16 from = ctx->user_port;
    struct destinations *of = bpf_sk_storage_get(&destinations, ctx->sk, 0, 0);
    if (of) {
        struct translation *t = backward(of, addr, from);
        if (!t && of->more) {
            struct destination_key key = {
                .socket = bpf_get_socket_cookie(ctx), .addr = *addr, .port = from, .direction = DIRECTION_BACK};
            t = bpf_map_lookup_elem(&more_destinations, &key);
        }
        if (t) {
            *vip = t->vip;
            *port = t->vip_port;
            return 1;
        }
    }
    return on_peer_name(ctx, addr, vip, port);
}

SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx)
{
    struct addr addr = mapped(ctx->user_ip4);
    __be16 port;
    if (on_receive(ctx, &addr, &addr, &port))
        set4(ctx, &addr, port);
    return ALLOW;
}

SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx)
{
    struct addr addr = addr6(ctx);
    __be16 port;
    if (on_receive(ctx, &addr, &addr, &port))
        set6(ctx, &addr, port);
    return ALLOW;
}

static __always_inline int is_inside(const struct addr *addr)
{
    struct range_key key = {.length = 128, .addr = *addr};
    return bpf_map_lookup_elem(&inside_ranges, &key) != 0;
}

static __always_inline int is_admitted(const struct frontend *frontend, const struct addr *source)
{
    struct source_range_key key = {
        .length = 192,
        .port_id = {frontend->port_id, frontend->port_id >> 32},
        .addr = *source};
    return bpf_map_lookup_elem(&source_ranges, &key) != 0;
}

/* Reads the fields of both families: the verifier wants each access at a constant offset of the context, which the
 * compiler does not know when it merges two branches into one. */
static __always_inline void read_addresses(
    struct bpf_sk_lookup *ctx, __u32 six, struct addr *local, struct addr *remote)
{
    __u32 local4 = ctx->local_ip4;
    __u32 remote4 = ctx->remote_ip4;
    struct addr l = {.w = {ctx->local_ip6[0], ctx->local_ip6[1], ctx->local_ip6[2], ctx->local_ip6[3]}};
    struct addr r = {.w = {ctx->remote_ip6[0], ctx->remote_ip6[1], ctx->remote_ip6[2], ctx->remote_ip6[3]}};
    asm volatile("" : "+r"(local4), "+r"(remote4));
    asm volatile("" : "+m"(l), "+m"(r));
    *local = six ? l : mapped(local4);
    *remote = six ? r : mapped(remote4);
}

struct packet {
    struct addr local;
    struct addr remote;
};

/* The socket that a packet is for went with its process. The next process has it soon, and a client that hears
 * nothing asks again: for a minute, what the kernel is about to answer is held back by silence.bpf.c. */
static __always_inline void keep_silent(struct bpf_sk_lookup *ctx, const struct packet *packet)
{
    __u32 zero = 0;
    __u64 now = bpf_ktime_get_ns();
    __u64 *since = bpf_map_lookup_elem(&missing_since, &zero);
    struct unanswered *client = bpf_map_lookup_elem(&unanswered, &zero);
    if (!since || !client)
        return;
    if (!*since)
        *since = now;
    if (now - *since > SILENCE_SECONDS * NANOS)
        return;
    client->local = packet->local;
    client->remote = packet->remote;
    client->local_port = bpf_htons(ctx->local_port);
    client->remote_port = ctx->remote_port;
    client->protocol = ctx->protocol;
    client->at_ns = now;
}

static __always_inline int give(
    struct bpf_sk_lookup *ctx, const struct packet *packet, __u32 listener, int without)
{
    struct bpf_sock *socket = bpf_map_lookup_elem(&listeners, &listener);
    if (!socket) {
        const struct settings *now = current_settings();
        if (!now || !(now->listeners & 1u << listener))
            return without;
        keep_silent(ctx, packet);
        return SK_DROP;
    }
    int error = bpf_sk_assign(ctx, socket, BPF_SK_LOOKUP_F_REPLACE);
    bpf_sk_release(socket);
    return error ? SK_DROP : SK_PASS;
}

/* Packets that open a connection or flow. No other socket of the machine may answer on a service address, so
 * each packet to one is given to somebody here or refused: SK_DROP makes the kernel answer as for a closed
 * port. */
SEC("sk_lookup")
int steer(struct bpf_sk_lookup *ctx)
{
    if (ctx->protocol != IPPROTO_TCP && ctx->protocol != IPPROTO_UDP)
        return SK_PASS;
    __u32 six = ctx->family != 2;
    struct packet packet;
    read_addresses(ctx, six, &packet.local, &packet.remote);
    __u32 listener = (ctx->protocol == IPPROTO_UDP ? LISTENER_UDP4 : LISTENER_TCP4) + six;
    __u32 tarpit = (ctx->protocol == IPPROTO_UDP ? TARPIT_UDP4 : TARPIT_TCP4) + six;
    struct frontend *frontend = frontend_of(&packet.local, bpf_htons(ctx->local_port), ctx->protocol);
    if (!frontend) {
        if (bpf_map_lookup_elem(&guarded, &packet.local))
            return SK_DROP;
        return is_unallocated(&packet.local) ? give(ctx, &packet, tarpit, SK_DROP) : SK_PASS;
    }
    if ((frontend->flags & FRONTEND_SOURCE_RANGES) && !is_admitted(frontend, &packet.remote)
        && frontend->inside != VERDICT_REJECT)
        return give(ctx, &packet, tarpit, SK_DROP);
    __u8 verdict = is_inside(&packet.remote) ? frontend->inside : frontend->outside;
    if (verdict == VERDICT_REJECT)
        return SK_DROP;
    if (verdict == VERDICT_DROP)
        return give(ctx, &packet, tarpit, SK_DROP);
    /* Without a socket for all, one that is bound to just this address gets it. */
    return give(ctx, &packet, listener, SK_PASS);
}

/* No helper that these programs call is for programs under the GPL only. */
char terms[] SEC("license") = "Apache-2.0";
