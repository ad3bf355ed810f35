# SPDX-License-Identifier: Apache-2.0
# ask.py udp ADDRESS PORT: agnhost's netexec says its host name; ask.py dns ADDRESS PORT: the address of the Service web
import socket
import sys

kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
if kind == "udp":
    s.sendto(b"hostname", (address, port))
    print(s.recvfrom(99)[0].decode())
else:
    name = b"".join(bytes([len(p)]) + p for p in b"web.default.svc.cluster.local".split(b"."))
    s.connect((address, port))
    s.send(b"\0\7\1\0\0\1" + bytes(6) + name + b"\0\0\1\0\1")
    print(socket.inet_ntoa(s.recv(512)[-4:]))
