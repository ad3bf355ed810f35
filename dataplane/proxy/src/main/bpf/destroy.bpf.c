// SPDX-License-Identifier: Apache-2.0
/*
 * Ends connected UDP sockets whose backend is gone, so that their owners notice and connect anew. Only a socket
 * that was connected to that very backend through a service address, and still is, is touched.
 *
 * The kernel lets programs call its functions only if their license says GPL; this file may be used under
 * GPL-2.0 as well.
 */
#include "layout.h"
#include "peers.h"

#define CONNECTED 1 /* TCP_ESTABLISHED, also of UDP sockets */
#define AF_INET 2

#define FOLLOWS_KERNEL __attribute__((preserve_access_index))

/* Of the kernel's types only what is read here; the loader finds out where it is. */
struct in6_addr {
    union {
        __u32 u6_addr32[4];
    } in6_u;
} FOLLOWS_KERNEL;

struct sock_common {
    __be32 skc_daddr;
    __be16 skc_dport;
    unsigned short skc_family;
    volatile unsigned char skc_state;
    struct in6_addr skc_v6_daddr;
} FOLLOWS_KERNEL;

struct sock {
    struct sock_common __sk_common;
} FOLLOWS_KERNEL;

struct inet_sock {
    struct sock sk;
} FOLLOWS_KERNEL;

struct udp_sock {
    struct inet_sock inet;
} FOLLOWS_KERNEL;

struct bpf_iter__udp {
    void *meta;
    struct udp_sock *udp_sk;
} FOLLOWS_KERNEL;

extern int bpf_sock_destroy(struct sock_common *sk) __ksym;

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 65536);
    __type(key, struct victim_key);
    __type(value, __u32);
} victims SEC(".maps");

SEC("iter/udp")
int destroy_udp(struct bpf_iter__udp *ctx)
{
    struct udp_sock *udp = ctx->udp_sk;
    if (!udp)
        return 0;
    struct sock *sk = &udp->inet.sk;
    if (sk->__sk_common.skc_state != CONNECTED)
        return 0;
    struct peer *peer = bpf_sk_storage_get(&peers, sk, 0, 0);
    if (!peer || sk->__sk_common.skc_dport != peer->translation.backend.port)
        return 0;
    struct addr now = {};
    if (sk->__sk_common.skc_family == AF_INET) {
        now.w[2] = bpf_htonl(0xffff);
        now.w[3] = sk->__sk_common.skc_daddr;
    } else {
        now.w[0] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[0];
        now.w[1] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[1];
        now.w[2] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[2];
        now.w[3] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[3];
    }
    if (!same_addr(&now, &peer->translation.backend.addr))
        return 0;
    struct victim_key key = {.port_id = peer->port_id, .backend = peer->translation.backend};
    key.backend.zero = 0;
    if (bpf_map_lookup_elem(&victims, &key))
        bpf_sock_destroy((struct sock_common *)sk);
    return 0;
}

char terms[] SEC("license") = "Dual BSD/GPL";
