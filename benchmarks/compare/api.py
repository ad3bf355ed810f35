# SPDX-License-Identifier: Apache-2.0
"""As much of a Kubernetes API server as a gateway sees, with objects that do not change: api.py FILE KUBECONFIG serves the
objects of a JSON file, lists by the last word of their collection's path, on a free port of 127.0.0.1, and writes a
kubeconfig that leads there. Collections that the file does not name are empty."""
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

objects = json.load(open(sys.argv[1], encoding="utf-8"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        parts = url.path.strip("/").split("/")
        version = "/".join(parts[1:3]) if parts[0] == "apis" else "v1"
        items = [{"apiVersion": version, **item} for item in objects.get(parts[-1], [])]
        if query.get("watch") == ["true"]:
            self.watch(version, items, query.get("sendInitialEvents") == ["true"])
            return
        self.reply({"kind": "List", "apiVersion": version, "metadata": {"resourceVersion": "1"}, "items": items})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})

    do_PATCH = do_PUT = do_POST

    def reply(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def watch(self, version, items, initial):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        if initial:
            for item in items:
                self.event("ADDED", item)
            self.event("BOOKMARK", {"kind": "", "apiVersion": version, "metadata": {
                "resourceVersion": "1", "annotations": {"k8s.io/initial-events-end": "true"}}})
        while True:
            time.sleep(60)
            self.event("BOOKMARK", {"kind": "", "apiVersion": version, "metadata": {"resourceVersion": "1"}})

    def event(self, kind, value):
        self.wfile.write(json.dumps({"type": kind, "object": value}).encode() + b"\n")
        self.wfile.flush()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
with open(sys.argv[2], "w", encoding="utf-8") as kubeconfig:
    json.dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "api",
        "clusters": [{"name": "api", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "api", "user": {}}],
        "contexts": [{"name": "api", "context": {"cluster": "api", "user": "api"}}]}, kubeconfig)
server.serve_forever()
