# SPDX-License-Identifier: Apache-2.0
"""A WebSocket server and clients that reach it through a gateway; prints a line for each case.

First it prints the server's port, then waits to be told the gateway's (clear text and TLS), and
which clients are to be heard, if not all. The clients speak HTTP/1.1, HTTP/2 (RFC 8441) and HTTP/3 (RFC 9220). At the end it holds a connection of
each kind, says so, and tells how they end.
"""
import asyncio
import ssl
import sys

import h2.config
import h2.connection
import h2.events
import h2.settings
import http3_client
from aioquic.asyncio.client import connect as quic
from aioquic.quic.configuration import QuicConfiguration
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Opcode
from websockets.headers import build_extension, parse_extension
from websockets.protocol import Protocol, Side, State

HOST = "ws.example"
PIECE = b"z" * (1 << 20)
PIECES = 64


class Server:
    def __init__(self):
        self.closes = asyncio.Queue()
        self.gate = asyncio.Event()
        self.sent = 0

    async def serve(self, ws):
        await getattr(self, ws.request.path.strip("/"))(ws)

    async def echo(self, ws):
        try:
            async for message in ws:
                await ws.send(message)
        except ConnectionClosed:
            pass
        await self.closes.put((ws.close_code, ws.close_reason))

    async def fragments(self, ws):
        pieces = [piece async for piece in ws.recv_streaming()]
        await ws.send(pieces[::-1])
        await ws.wait_closed()

    async def ping(self, ws):
        await (await ws.ping(b"are you there"))
        await ws.send("pong seen")
        await ws.wait_closed()

    async def leave(self, ws):
        await ws.close(4001, "enough")

    async def stall(self, ws):
        await self.gate.wait()
        got = 0
        async for message in ws:
            got += len(message)
            if got == PIECES * len(PIECE):
                await ws.send("all")

    async def flood(self, ws):
        for self.sent in range(1, PIECES + 1):
            await ws.send(PIECE)
        await ws.wait_closed()


def refuse(ws, request):
    return ws.respond(403, "not you\n") if request.path == "/forbidden" else None


class StreamSocket:
    """A client's end on a stream: the frames of a WebSocket without its handshake."""

    def __init__(self):
        self.protocol = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
        self.subprotocol, self.messages, self.pongs = None, asyncio.Queue(), asyncio.Queue()
        self.parts, self.text = [], False
        self.close_code, self.close_reason, self.over = None, "", False

    def agree(self, fields):
        self.subprotocol = fields.get("sec-websocket-protocol")
        offered = fields.get("sec-websocket-extensions")
        for _, parameters in parse_extension(offered) if offered else []:
            extension = DEFLATE.process_response_params(parameters, [])
            self.protocol.extensions = [extension]

    def received(self, data):
        self.protocol.receive_data(data)
        self.take()

    def ended(self):
        self.protocol.receive_eof()
        self.take()
        self.over = True
        self.messages.put_nowait(None)

    def take(self):
        for frame in self.protocol.events_received():
            if frame.opcode is Opcode.PONG:
                self.pongs.put_nowait(bytes(frame.data))
            elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                if frame.opcode is not Opcode.CONT:
                    self.text = frame.opcode is Opcode.TEXT
                self.parts.append(bytes(frame.data))
                if frame.fin:
                    self.messages.put_nowait((self.text, self.parts))
                    self.parts = []
        if self.protocol.close_rcvd:
            self.close_code = self.protocol.close_rcvd.code
            self.close_reason = self.protocol.close_rcvd.reason
        self.later = asyncio.ensure_future(self.flush())

    async def flush(self):
        for data in self.protocol.data_to_send():
            await self.write(data, end=not data)

    async def send(self, message):
        if isinstance(message, list):
            self.protocol.send_binary(message[0], fin=False)
            for piece in message[1:-1]:
                self.protocol.send_continuation(piece, fin=False)
            self.protocol.send_continuation(message[-1], fin=True)
        elif isinstance(message, str):
            self.protocol.send_text(message.encode())
        else:
            self.protocol.send_binary(message)
        await self.flush()

    async def recv(self):
        message = await self.messages.get()
        if message is None:
            raise ConnectionClosed(None, None)
        joined = b"".join(message[1])
        return joined.decode() if message[0] else joined

    async def recv_streaming(self):
        _, parts = await self.messages.get()
        for part in parts:
            yield part

    async def ping(self, data):
        self.protocol.send_ping(data)
        await self.flush()
        return self.pongs.get()

    async def close(self, code=1000, reason=""):
        if self.protocol.state is State.OPEN:
            self.protocol.send_close(code, reason)
            await self.flush()
        await self.wait_closed()

    async def wait_closed(self):
        while not self.over:
            message = await self.messages.get()
            if message is None:
                break


DEFLATE = ClientPerMessageDeflateFactory(client_max_window_bits=True)


def request(path, scheme, deflate, subprotocols):
    fields = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", scheme)]
    fields += [(":authority", HOST), (":path", path), ("sec-websocket-version", "13")]
    if deflate:
        offer = build_extension([(DEFLATE.name, DEFLATE.get_request_params())])
        fields.append(("sec-websocket-extensions", offer))
    if subprotocols:
        fields.append(("sec-websocket-protocol", ", ".join(subprotocols)))
    return fields


def insecure(protocols):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(protocols)
    return context


class Http1:
    def __init__(self, port, tls):
        self.port, self.tls = port, tls

    async def open(self, path, deflate=False, subprotocols=None):
        scheme = "wss" if self.tls else "ws"
        try:
            return await connect(
                f"{scheme}://{HOST}{path}",
                host="127.0.0.1",
                port=self.port,
                ssl=insecure(["http/1.1"]) if self.tls else None,
                compression="deflate" if deflate else None,
                subprotocols=subprotocols,
                proxy=None,
                max_size=None,
                max_queue=2,
                ping_interval=None,
            )
        except InvalidStatus as refused:
            return refused.response.status_code


class Http2(StreamSocket):
    def __init__(self, port, tls):
        super().__init__()
        self.port, self.tls = port, tls

    async def open(self, path, deflate=False, subprotocols=None):
        self = Http2(self.port, self.tls)
        context = insecure(["h2"]) if self.tls else None
        name = HOST if self.tls else None
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=context, server_hostname=name
        )
        configuration = h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        self.http = h2.connection.H2Connection(configuration)
        self.http.initiate_connection()
        self.writer.write(self.http.data_to_send())
        self.fields, self.progress = {}, asyncio.Event()
        self.held, self.leaving = [], False
        self.reading = asyncio.ensure_future(self.read())
        allowed = h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL
        await self.until(lambda: self.http.remote_settings.get(allowed) == 1)
        self.stream = self.http.get_next_available_stream_id()
        scheme = "https" if self.tls else "http"
        self.http.send_headers(self.stream, request(path, scheme, deflate, subprotocols))
        self.writer.write(self.http.data_to_send())
        await self.until(lambda: ":status" in self.fields)
        if self.fields[":status"] != "200":
            return int(self.fields[":status"])
        self.agree(self.fields)
        return self

    async def until(self, condition):
        while not condition():
            await asyncio.wait_for(self.progress.wait(), 20)
            self.progress.clear()

    async def read(self):
        try:
            while data := await self.reader.read(1 << 16):
                for event in self.http.receive_data(data):
                    if isinstance(event, h2.events.ConnectionTerminated):
                        self.leaving = True
                    elif isinstance(event, h2.events.ResponseReceived):
                        self.fields = dict(event.headers)
                    elif isinstance(event, h2.events.DataReceived):
                        self.data(event)
                    elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                        self.ended()
                self.writer.write(self.http.data_to_send())
                self.progress.set()
                if self.over:
                    break
        except OSError:  # of TLS, too
            pass
        self.writer.close()
        if not self.over:
            self.ended()

    def data(self, event):
        if self.fields[":status"] != "200":
            return
        if self.messages.qsize() > 2:
            self.held.append((event.data, event.flow_controlled_length))
            return
        self.received(event.data)
        self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    async def recv(self):
        message = await super().recv()
        while self.held and self.messages.qsize() <= 2:
            data, length = self.held.pop(0)
            self.received(data)
            self.http.acknowledge_received_data(length, self.stream)
        self.writer.write(self.http.data_to_send())
        return message

    async def write(self, data, end):
        if end and self.fields[":status"] == "200" and not self.leaving:
            self.http.end_stream(self.stream)
        while data:
            await self.until(lambda: self.http.local_flow_control_window(self.stream) > 0)
            window = self.http.local_flow_control_window(self.stream)
            size = min(len(data), window, self.http.max_outbound_frame_size)
            self.http.send_data(self.stream, data[:size])
            data = data[size:]
            self.writer.write(self.http.data_to_send())
            await self.writer.drain()
        self.writer.write(self.http.data_to_send())


class Http3(StreamSocket):
    def __init__(self, port):
        super().__init__()
        self.port = port

    async def open(self, path, deflate=False, subprotocols=None):
        self = Http3(self.port)
        configuration = QuicConfiguration(
            is_client=True, alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE, server_name=HOST
        )
        self.connection = quic(
            "127.0.0.1",
            self.port,
            configuration=configuration,
            create_protocol=http3_client.Client,
        )
        self.client = await self.connection.__aenter__()
        fields = request(path, "https", deflate, subprotocols)
        self.stream = self.client.send(fields, end=False)
        state = self.client.stream(self.stream)
        while ":status" not in state.fields:
            await asyncio.wait_for(state.progress.wait(), 20)
            state.progress.clear()
        if state.fields[":status"] != "200":
            return int(state.fields[":status"])
        self.agree(state.fields)
        self.reading = asyncio.ensure_future(self.read(state))
        return self

    async def read(self, state):
        while True:
            data, state.body = state.body, b""
            if data:
                self.received(data)
            if state.ended.is_set() and not state.body:
                self.ended()
                return
            if not state.body:
                await state.progress.wait()
                state.progress.clear()

    async def write(self, data, end):
        self.client.http.send_data(self.stream, data, end_stream=end)
        self.client.transmit()


async def stopped(progress):
    """What a figure is once it no longer changes."""
    before = -1
    while before != progress():
        before = progress()
        await asyncio.sleep(0.3)
    return before


async def cases(name, server, client, pressure):
    def say(*what):
        print(name, *what, flush=True)

    ws = await client.open("/echo")
    await ws.send("gr\u00fc\u00dfe")
    say("text", ascii(await ws.recv()))
    await ws.send(b"\0\xff")
    say("binary", await ws.recv())
    await ws.send(b"")
    say("empty", await ws.recv())
    await ws.send(PIECE)
    say("1 MiB", await ws.recv() == PIECE)
    await asyncio.wait_for(await ws.ping(b"hi"), 10)
    say("ping")
    await ws.close(4002, "bye")
    say("closed by the client", *await server.closes.get(), ws.close_code)
    ws = await client.open("/leave")
    await ws.wait_closed()
    say("closed by the server", ws.close_code, ws.close_reason)
    ws = await client.open("/ping")
    say("ping of the server:", await ws.recv())
    await ws.close()
    ws = await client.open("/fragments")
    await ws.send([b"one", b"two", b"three"])
    say("fragments", [bytes(piece) async for piece in ws.recv_streaming() if piece])
    await ws.close()
    ws = await client.open("/echo", deflate=True, subprotocols=["superchat", "chat"])
    await ws.send("squeeze " * 1000)
    answer = await ws.recv() == "squeeze " * 1000
    say("extensions", [e.name for e in ws.protocol.extensions], ws.subprotocol, answer)
    await ws.close()
    await server.closes.get()
    say("refused", await client.open("/forbidden"))
    if pressure:
        await back_pressure(say, server, client)


async def back_pressure(say, server, client):
    server.gate.clear()
    ws = await client.open("/stall")
    sent = 0

    async def send():
        nonlocal sent
        for sent in range(1, PIECES + 1):
            await ws.send(PIECE)

    sending = asyncio.ensure_future(send())
    waits = await stopped(lambda: sent) < PIECES
    server.gate.set()
    await sending
    say("slow server", waits, await ws.recv())
    await ws.close()
    server.sent = 0
    ws = await client.open("/flood")
    waits = await stopped(lambda: server.sent) < PIECES
    say("slow client", waits, sum([len(await ws.recv()) for _ in range(PIECES)]))
    await ws.close()


async def main():
    server = Server()
    async with serve(
        server.serve,
        "127.0.0.1",
        0,
        process_request=refuse,
        subprotocols=["superchat"],
        select_subprotocol=lambda ws, asked: asked[0] if asked else None,
        max_size=None,
        max_queue=2,
        ping_interval=None,
    ) as listening:
        print(listening.sockets[0].getsockname()[1], flush=True)
        ports = await asyncio.to_thread(sys.stdin.readline)
        clear, encrypted, *names = ports.split()
        clear, encrypted = int(clear), int(encrypted)
        clients = {
            "h1": Http1(clear, False),
            "h1 tls": Http1(encrypted, True),
            "h2": Http2(clear, False),
            "h2 tls": Http2(encrypted, True),
            "h3": Http3(encrypted),
        }
        clients = {name: clients[name] for name in names or clients}
        for name, client in clients.items():
            await cases(name, server, client, name in ("h1", "h2 tls"))
        held = {name: await client.open("/echo") for name, client in clients.items()}
        print("held", flush=True)
        for name, ws in held.items():
            await asyncio.wait_for(ws.wait_closed(), 20)
            print(name, "ended", flush=True)


asyncio.run(main())
