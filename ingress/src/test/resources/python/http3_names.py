# SPDX-License-Identifier: Apache-2.0
"""Begins handshakes of QUIC for some server names and prints what came of each."""
import asyncio
import ssl
import sys

from aioquic.asyncio.client import connect
from aioquic.quic.configuration import QuicConfiguration


async def main(port, names):
    for name in names:
        configuration = QuicConfiguration(
            is_client=True, alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE, server_name=name
        )
        try:
            async with connect("127.0.0.1", port, configuration=configuration):
                print(name, "connected")
        except ConnectionError:
            print(name, "refused")


asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
