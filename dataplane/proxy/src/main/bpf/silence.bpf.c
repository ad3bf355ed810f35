// SPDX-License-Identifier: Apache-2.0
/*
 * Holds back the refusals that the kernel sends while the process that had the listening sockets is gone: the
 * program that looks sockets up notes whom it found no socket for, and what leaves for him on the same
 * processor right after that is dropped here. He asks again, and then the next process is there.
 *
 * The kernel lets programs call its functions only if their license says GPL; this file may be used under
 * GPL-2.0 as well.
 */
#include "unanswered.h"

#define DROP 0
#define ACCEPT 1

/* Much longer than it takes from the lookup to the refusal, much shorter than until the next packet. */
#define AT_ONCE_NS 1000000

#define TCP_RESET 0x04
#define IPPROTO_OF_ICMP6 58
#define UNREACHABLE 3
#define UNREACHABLE_PORT 3
#define UNREACHABLE6 1
#define UNREACHABLE6_PORT 4

/* What a program of netfilter is given. */
struct bpf_nf_ctx {
    const void *state;
    void *skb; /* only handed on */
};

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *packet) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *packet, __u32 offset, void *buffer, __u32 size) __ksym;

struct ip4 {
    __u8 version_length;
    __u8 service;
    __be16 total;
    __be16 id;
    __be16 fragment;
    __u8 ttl;
    __u8 protocol;
    __be16 checksum;
    __be32 source;
    __be32 destination;
};

struct ip6 {
    __u32 version_class_flow;
    __be16 length;
    __u8 next;
    __u8 hops;
    struct addr source;
    struct addr destination;
};

/* The beginning of what follows: enough of TCP for its flags, of ICMP for type and code. */
struct transport {
    union {
        struct {
            __be16 source;
            __be16 destination;
        } port;
        struct {
            __u8 type;
            __u8 code;
        } icmp;
    };
    __u32 sequence;
    __u32 acknowledged;
    __u8 offset;
    __u8 flags;
    __be16 window;
};

static __always_inline struct addr mapped(__be32 ip4)
{
    struct addr addr = {.w = {0, 0, bpf_htonl(0xffff), ip4}};
    return addr;
}

static __always_inline int is_refusal(
    const struct unanswered *client, const struct transport *head, __u8 protocol)
{
    if (protocol == IPPROTO_TCP)
        return client->protocol == IPPROTO_TCP && (head->flags & TCP_RESET)
            && head->port.source == client->local_port && head->port.destination == client->remote_port;
    if (client->protocol != IPPROTO_UDP)
        return 0;
    if (protocol == IPPROTO_ICMP)
        return head->icmp.type == UNREACHABLE && head->icmp.code == UNREACHABLE_PORT;
    return protocol == IPPROTO_OF_ICMP6 && head->icmp.type == UNREACHABLE6
        && head->icmp.code == UNREACHABLE6_PORT;
}

/* What leaves from here, right after the lookup. */
static __always_inline int verdict(
    const struct bpf_dynptr *packet, __u32 length, __u8 protocol, struct unanswered *client)
{
    struct transport buffer = {};
    /* An ICMP message is at least as long, as it quotes what it is about. */
    struct transport *head = bpf_dynptr_slice(packet, length, &buffer, sizeof(buffer));
    if (!head || !is_refusal(client, head, protocol))
        return ACCEPT;
    client->protocol = 0;
    return DROP;
}

static __always_inline struct unanswered *whom(void)
{
    __u32 zero = 0;
    struct unanswered *client = bpf_map_lookup_elem(&unanswered, &zero);
    if (!client || !client->protocol || bpf_ktime_get_ns() - client->at_ns > AT_ONCE_NS)
        return 0;
    return client;
}

SEC("netfilter")
int silence4(struct bpf_nf_ctx *ctx)
{
    struct unanswered *client = whom();
    if (!client)
        return ACCEPT;
    struct bpf_dynptr packet;
    struct ip4 buffer = {};
    if (bpf_dynptr_from_skb(ctx->skb, 0, &packet))
        return ACCEPT;
    struct ip4 *ip = bpf_dynptr_slice(&packet, 0, &buffer, sizeof(buffer));
    if (!ip)
        return ACCEPT;
    struct addr from = mapped(ip->source);
    struct addr to = mapped(ip->destination);
    if (!same_addr(&from, &client->local) || !same_addr(&to, &client->remote))
        return ACCEPT;
    return verdict(&packet, (ip->version_length & 15) * 4, ip->protocol, client);
}

SEC("netfilter")
int silence6(struct bpf_nf_ctx *ctx)
{
    struct unanswered *client = whom();
    if (!client)
        return ACCEPT;
    struct bpf_dynptr packet;
    struct ip6 buffer = {};
    if (bpf_dynptr_from_skb(ctx->skb, 0, &packet))
        return ACCEPT;
    struct ip6 *ip = bpf_dynptr_slice(&packet, 0, &buffer, sizeof(buffer));
    if (!ip)
        return ACCEPT;
    if (!same_addr(&ip->source, &client->local) || !same_addr(&ip->destination, &client->remote))
        return ACCEPT;
    return verdict(&packet, sizeof(*ip), ip->next, client);
}

char terms[] SEC("license") = "Dual BSD/GPL";
