# SPDX-License-Identifier: Apache-2.0
"""A server of gRPC and its clients, which reach it through a gateway; prints a line for each call.

First it prints the server's port, then waits to be told the gateway's: clear text, TLS, and the
port behind which the fields of a request are answered as its error.
"""
import sys
import threading
from concurrent import futures

import grpc

MESSAGE = b"x" * (4 << 20)
cancelled = threading.Event()


def echo(request, context):
    fields = dict(context.invocation_metadata())
    context.send_initial_metadata((("x-seen", fields.get("x-sent", "")),))
    context.set_trailing_metadata((("x-last-bin", fields.get("x-sent-bin", b"")),))
    return request


def count(request, context):
    for i in range(int(request)):
        yield b"%d" % i


def total(requests, context):
    return b"%d" % sum(len(request) for request in requests)


def talk(requests, context):
    for request in requests:
        yield request.upper()


def sleep(request, context):
    context.add_callback(cancelled.set)
    yield b"%d" % (context.time_remaining() < 1000)
    cancelled.wait(20)


def refuse(request, context):
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no \u20ac left: 100 %")


def half(request, context):
    yield b"first"
    context.abort(grpc.StatusCode.DATA_LOSS, "the rest is gone")


def serve():
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=8),
        options=[("grpc.max_receive_message_length", -1)],
    )
    handlers = {
        "Echo": grpc.unary_unary_rpc_method_handler(echo),
        "Count": grpc.unary_stream_rpc_method_handler(count),
        "Total": grpc.stream_unary_rpc_method_handler(total),
        "Talk": grpc.stream_stream_rpc_method_handler(talk),
        "Sleep": grpc.unary_stream_rpc_method_handler(sleep),
        "Refuse": grpc.unary_unary_rpc_method_handler(refuse),
        "Half": grpc.unary_stream_rpc_method_handler(half),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("t.Peer", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def failure(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call did not fail")


def calls(name, channel):
    def say(*what):
        print(name, *what)

    unary = channel.unary_unary("/t.Peer/Echo")
    said, call = unary.with_call(
        b"hello", metadata=(("x-sent", "a b"), ("x-sent-bin", b"\0\xff")), timeout=10
    )
    last = dict(call.trailing_metadata()).get("x-last-bin")
    say("unary", said, dict(call.initial_metadata()).get("x-seen"), last)
    say("empty", unary(b"", timeout=10))
    say("4 MiB", unary(MESSAGE, timeout=10) == MESSAGE)
    squeezed = unary(MESSAGE, compression=grpc.Compression.Gzip, timeout=10)
    say("gzip", squeezed == MESSAGE)
    counted = list(channel.unary_stream("/t.Peer/Count")(b"1000", timeout=10))
    say("server stream", len(counted), counted[-1])
    pieces = (b"y" * 10_000 for _ in range(100))
    say("client stream", channel.stream_unary("/t.Peer/Total")(pieces, timeout=10))

    # Each message waits for the answer to the one before.
    turn = threading.Semaphore(1)

    def questions():
        for i in range(20):
            turn.acquire(timeout=10)
            yield b"q%d" % i

    answers = []
    for answer in channel.stream_stream("/t.Peer/Talk")(questions(), timeout=10):
        answers.append(answer)
        turn.release()
    say("both ways", len(answers), answers[-1])

    refused = failure(lambda: channel.unary_unary("/t.Peer/Refuse")(b"", timeout=10))
    say("error", refused.code().name, ascii(refused.details()))
    begun = channel.unary_stream("/t.Peer/Half")(b"", timeout=10)
    first = next(begun)
    broken = failure(lambda: next(begun))
    say("late error", first, broken.code().name, broken.details())
    unknown = failure(lambda: channel.unary_unary("/t.Peer/None")(b"", timeout=10))
    say("unknown method", unknown.code().name)

    cancelled.clear()
    slow = channel.unary_stream("/t.Peer/Sleep")(b"", timeout=0.5)
    told = next(slow)
    late = failure(lambda: next(slow))
    say("deadline", told, late.code().name, cancelled.wait(10))
    cancelled.clear()
    left = channel.unary_stream("/t.Peer/Sleep")(b"", timeout=10)
    next(left)
    left.cancel()
    say("cancel", failure(lambda: next(left)).code().name, cancelled.wait(10))


def main(authority):
    server, port = serve()
    print(port, flush=True)
    clear, encrypted, mirror = (int(word) for word in sys.stdin.readline().split())
    with open(sys.argv[2], "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    options = [
        ("grpc.default_authority", authority),
        ("grpc.ssl_target_name_override", authority),
        ("grpc.max_receive_message_length", -1),
        ("grpc.enable_http_proxy", 0),
    ]
    plain = grpc.insecure_channel("127.0.0.1:%d" % clear, options)
    secure = grpc.secure_channel("127.0.0.1:%d" % encrypted, credentials, options)
    calls("clear", plain)
    calls("tls", secure)
    with grpc.insecure_channel("127.0.0.1:%d" % mirror, options) as reflecting:
        call = reflecting.unary_unary("/t.Peer/Echo")
        print(failure(lambda: call(MESSAGE, compression=grpc.Compression.Gzip)).details())
    server.stop(None).wait()
    for name, channel in ("clear", plain), ("tls", secure):
        gone = failure(lambda: channel.unary_unary("/t.Peer/Echo")(b"", timeout=10))
        print(name, "backend gone", gone.code().name)
        channel.close()


main(sys.argv[1])
