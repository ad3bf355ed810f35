#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a docker archive with one static program: image.py OUT.tar PROGRAM NAME:TAG..."""
import hashlib
import io
import json
import platform
import sys
import tarfile

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def add(archive, name, data, mode=0o644):
    info = tarfile.TarInfo("./" + name)
    info.size = len(data)
    info.mode = mode
    archive.addfile(info, io.BytesIO(data))


def main():
    out, program, *tags = sys.argv[1:]
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        with open(program, "rb") as binary:
            add(archive, "program", binary.read(), 0o755)
    layer = layer.getvalue()
    config = json.dumps({
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Entrypoint": ["/program"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
    }).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{"Config": name, "RepoTags": tags, "Layers": ["layer.tar"]}]
    with tarfile.open(out, mode="w") as archive:
        add(archive, name, config)
        add(archive, "layer.tar", layer)
        add(archive, "manifest.json", json.dumps(manifest).encode())


main()
