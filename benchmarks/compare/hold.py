# SPDX-License-Identifier: Apache-2.0
"""Opens N connections to a port of 127.0.0.1, says so and holds them until its input ends: hold.py PORT N [request]
With "request" each connection has carried an HTTP request when it is held."""
import selectors
import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
ask = sys.argv[3:] == ["request"]
held = []
selector = selectors.DefaultSelector()
while len(held) < count:
    batch = []
    for i in range(min(200, count - len(held))):
        s = socket.socket()
        s.setblocking(False)
        # Source addresses of their own keep the ephemeral ports of 127.0.0.1 free.
        s.bind((f"127.0.1.{1 + (len(held) + i) % 8}", 0))
        s.connect_ex(("127.0.0.1", port))
        selector.register(s, selectors.EVENT_WRITE)
        batch.append(s)
    for s in list(batch):
        while s in selector.get_map():
            ready = selector.select(10)
            if not ready:
                sys.exit(f"only {len(held)} of {count} connections were accepted")
            for key, _ in ready:
                error = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    sys.exit(f"connection {len(held)}: error {error}")
                selector.unregister(key.fileobj)
    for s in batch if ask else ():
        s.setblocking(True)
        s.settimeout(10)
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if not s.recv(65536).startswith(b"HTTP/1.1 200 "):
            sys.exit(f"connection {len(held)}: a request was not answered")
    held += batch
print("held", flush=True)
sys.stdin.read()
