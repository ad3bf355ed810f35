# SPDX-License-Identifier: Apache-2.0
"""Clients of HTTP/3 that press on limits, with aioquic: http3_edge.py PORT NAME... prints a line for what came of each."""
import asyncio
import os
import socket
import ssl
import sys
import time

from aioquic.asyncio.client import connect
from aioquic.buffer import Buffer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import HandshakeCompleted, StreamDataReceived

from http3_client import Client, request

PORT = int(sys.argv[1])
CONTROL, GOAWAY = 0, 7


class EdgeClient(Client):
    """Remembers what aioquic keeps to itself."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.early, self.control = None, {}

    def quic_event_received(self, event):
        if isinstance(event, HandshakeCompleted):
            self.early = event.early_data_accepted
        if isinstance(event, StreamDataReceived) and event.stream_id % 4 == 3:
            self.control[event.stream_id] = self.control.get(event.stream_id, b"") + event.data
        super().quic_event_received(event)

    @property
    def goaways(self):
        """The streams that the server's frames of this kind name."""
        found = []
        for data in self.control.values():
            buffer = Buffer(data=data)
            kind = buffer.pull_uint_var()
            while kind == CONTROL and not buffer.eof():
                frame, content = buffer.pull_uint_var(), buffer.pull_bytes(buffer.pull_uint_var())
                if frame == GOAWAY:
                    found.append(Buffer(data=content).pull_uint_var())
        return found

    def raw(self, stream, data, end=False):
        self._quic.send_stream_data(stream, data, end)
        self.transmit()

    def begin(self, data):
        number = self._quic.get_next_available_stream_id()
        self.raw(number, data)
        return self.stream(number), number

    async def over(self):
        """The code that the connection was ended with; a lost end is only told again when something arrives."""
        for i in range(2000):
            if self.terminated is not None:
                return "CLOSE %#x" % self.terminated
            if i % 20 == 19:
                self._quic.send_ping(i)
                self.transmit()
            await asyncio.sleep(0.01)
        return "goes on"


def configuration(**more):
    return QuicConfiguration(
        is_client=True, alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE, server_name="h", **more
    )


def connection(config=None, **more):
    return connect(
        "127.0.0.1", PORT, configuration=config or configuration(), create_protocol=EdgeClient, **more
    )


async def answered(client, stream):
    await asyncio.wait_for(stream.ended.wait(), 20)
    return client.verdict(stream)


async def retry():
    async with connection() as client:
        stream = await client.ask(request())
        asked = client._quic._retry_source_connection_id is not None
        return "%s, address %s" % (client.verdict(stream), "proven" if asked else "believed")


async def amplification():
    """An Initial packet of a client that never says anything again; what it gets, with everything sent again."""
    quic = QuicConnection(configuration=configuration())
    quic.connect(("127.0.0.1", PORT), now=time.time())
    sent = received = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        deadline = time.time() + 3.5
        for data, address in quic.datagrams_to_send(now=time.time()):
            sent += client.sendto(data, address)
        try:
            while True:
                client.settimeout(max(deadline - time.time(), 0.001))
                received += len(client.recv(65536))
        except socket.timeout:
            pass
    return "three times as much: %s, more: %s" % (received > 2.5 * sent, received > 3 * sent)


async def early():
    tickets = []
    async with connection(session_ticket_handler=tickets.append) as client:
        await client.ask(request())
        for _ in range(200):
            if tickets:
                break
            await asyncio.sleep(0.01)
    if not tickets:
        return "no tickets"
    offered = tickets[0].max_early_data_size
    tickets[0].max_early_data_size = 0xFFFFFFFF  # aioquic sends early data only where that is said
    async with connection(configuration(session_ticket=tickets[0]), wait_connected=False) as client:
        stream = client.stream(client.send(request("GET", "/early")))
        await client.wait_connected()
        try:
            await asyncio.wait_for(stream.ended.wait(), 3)
        except asyncio.TimeoutError:
            pass
        return "offered %s, accepted %s, then %s" % (bool(offered), client.early, client.verdict(stream))


async def parameters():
    async with connection() as client:
        await client.ask(request())
        settings = client.http.received_settings
        quic = client._quic
        return "streams %d, idle %g s, table %d, blocked %d, fields %d" % (
            quic._remote_max_streams_bidi,
            quic._remote_max_idle_timeout,
            settings.get(1, 0),
            settings.get(7, 0),
            settings.get(6, -1),
        )


async def qpack(instructions):
    async with connection() as client:
        await client.ask(request())
        client.raw(client.http._local_encoder_stream_id, instructions)
        return await client.over()


async def capacity():
    return await qpack(b"\x3f\xe1\x1f")  # Set Dynamic Table Capacity 4096


async def reference():
    async with connection() as client:
        await client.ask(request())
        client.begin(b"\x01\x03\x02\x00\x80")  # needs an insertion, and refers to it
        return await client.over()


async def half_fields():
    async with connection() as client:
        stream, _ = client.begin(b"\x01\x20\x00\x00")
        return await answered(client, stream)


async def frame_without_end():
    async with connection() as client:
        stream, _ = client.begin(b"\x21")
        return await answered(client, stream)


async def half_body():
    async with connection() as client:
        number = client.send(request("POST", "/x", ("content-length", "9")), b"half", end=False)
        return await answered(client, client.stream(number))


async def does_not_read():
    async with connection(configuration(max_stream_data=65536)) as client:
        client._quic._write_connection_limits = lambda *_, **__: None
        client._quic._write_stream_limits = lambda *_, **__: None
        stream = client.stream(client.send(request("GET", "/large")))
        await asyncio.wait_for(stream.ended.wait(), 20)
        return "reset %#x, much came %s, more than allowed %s" % (
            stream.reset, len(stream.body) > 60_000, len(stream.body) > 65536
        )


async def leave():
    """Goes away without a word."""
    async with connection() as client:
        stream = await client.ask(request())
        print("leave =", client.verdict(stream), flush=True)
        sys.stdin.readline()
        os._exit(0)


async def requests():
    async with connection() as client:
        slow = client.stream(client.send(request("GET", "/slow")))
        statuses = set()
        for i in range(99):
            assert not client.goaways
            statuses.add(client.verdict(await client.ask(request())))
        while len(client.goaways) < 2:
            await asyncio.sleep(0.01)
        late = await client.ask(request("GET", "/late"))
        print("late =", client.verdict(late), flush=True)
        await asyncio.wait_for(slow.ended.wait(), 20)
        return "%s %s, slow %s, %s, %s" % (
            statuses, client.goaways, client.verdict(slow), slow.body.decode(), await client.over()
        )


async def main():
    for name in sys.argv[2:]:
        print("%s = %s" % (name, await globals()[name]()), flush=True)


asyncio.run(main())
