#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prunes a Kubernetes OpenAPI v2 document to the definitions that Fairway's API server needs.

Usage: convert.py OPENAPI_V2.json [OUTPUT_FOLDER]

The input is what `kubectl get --raw /openapi/v2` prints on a Kubernetes API server. Writes fields.json (types, list keys,
patch strategies; read at start) and descriptions.json (read when a client asks for OpenAPI). Deterministic: the same input
gives the same bytes.

fields.json: {"definition": {"gvk": [[group, version, kind]], "required": [...], "fields": {"name": FIELD}}}
FIELD: "type" string|integer|number|boolean|object|array|any|intOrString|quantity|time|microTime, or "ref" a definition;
"format"; "items" FIELD; "values" FIELD (a map); "merge" patch strategies; "key" patch merge key; "keys" list-map keys;
"list" list type; "map" map type; "enum".
"""

import json
import pathlib
import sys

KINDS = [
    ("", "v1", "Namespace"), ("", "v1", "Node"), ("", "v1", "Pod"), ("", "v1", "Service"), ("", "v1", "ConfigMap"),
    ("", "v1", "Secret"), ("", "v1", "Event"), ("", "v1", "ServiceAccount"), ("", "v1", "Binding"),
    ("apps", "v1", "Deployment"), ("apps", "v1", "ReplicaSet"), ("networking.k8s.io", "v1", "Ingress"),
    ("networking.k8s.io", "v1", "IngressClass"), ("discovery.k8s.io", "v1", "EndpointSlice"),
    ("coordination.k8s.io", "v1", "Lease"), ("events.k8s.io", "v1", "Event"), ("autoscaling", "v1", "Scale"),
    ("policy", "v1", "Eviction"), ("", "v1", "Endpoints"),
    ("authorization.k8s.io", "v1", "SelfSubjectAccessReview"), ("authorization.k8s.io", "v1", "SelfSubjectRulesReview"),
    ("authorization.k8s.io", "v1", "SubjectAccessReview"), ("authorization.k8s.io", "v1", "LocalSubjectAccessReview"),
    ("authentication.k8s.io", "v1", "SelfSubjectReview"),
]  # fmt: skip
# Definitions that are not objects in JSON, with the type we give them.
SCALARS = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "intOrString",
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "microTime",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
}


def reference(schema):
    return schema["$ref"].rsplit("/", 1)[-1]


def field(schema):
    out = {}
    if "$ref" in schema:
        name = reference(schema)
        out.update({"type": SCALARS[name]} if name in SCALARS else {"ref": name})
    else:
        out["type"] = schema.get("type", "any")
    if "format" in schema:
        out["format"] = schema["format"]
    if "items" in schema:
        out["items"] = field(schema["items"])
    if "additionalProperties" in schema:
        out["values"] = field(schema["additionalProperties"])
    for source, target in (
        ("x-kubernetes-patch-strategy", "merge"),
        ("x-kubernetes-patch-merge-key", "key"),
        ("x-kubernetes-list-map-keys", "keys"),
        ("x-kubernetes-list-type", "list"),
        ("x-kubernetes-map-type", "map"),
        ("enum", "enum"),
    ):
        if source in schema:
            out[target] = schema[source]
    return out


def reachable(definitions, roots):
    found, queue = set(), list(roots)
    while queue:
        name = queue.pop()
        if name in found or name in SCALARS:
            continue
        found.add(name)
        text = json.dumps(definitions[name])
        for part in text.split('"#/definitions/')[1:]:
            queue.append(part.split('"', 1)[0])
    return sorted(found)


def main():
    definitions = json.loads(pathlib.Path(sys.argv[1]).read_text())["definitions"]
    default = pathlib.Path(__file__).resolve().parent.parent / "main/resources/dev/fairway/apiserver/schema"
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else default
    by_kind = {}
    for name, definition in definitions.items():
        for gvk in definition.get("x-kubernetes-group-version-kind", []):
            by_kind.setdefault((gvk["group"], gvk["version"], gvk["kind"]), name)
    roots = [by_kind[k] for k in KINDS]
    roots += [by_kind[(g, v, k + "List")] for g, v, k in KINDS if (g, v, k + "List") in by_kind]
    fields, descriptions = {}, {}
    kinds = {k for k in KINDS} | {(g, v, k + "List") for g, v, k in KINDS}
    for name in reachable(definitions, roots):
        definition = definitions[name]
        entry = {}
        gvks = [
            [g["group"], g["version"], g["kind"]]
            for g in definition.get("x-kubernetes-group-version-kind", [])
            if (g["group"], g["version"], g["kind"]) in kinds
        ]
        if gvks:
            entry["gvk"] = gvks
        if "required" in definition:
            entry["required"] = definition["required"]
        properties = definition.get("properties", {})
        entry["fields"] = {p: field(s) for p, s in sorted(properties.items())}
        fields[name] = entry
        texts = {p: s["description"] for p, s in sorted(properties.items()) if s.get("description")}
        if definition.get("description"):
            texts[""] = definition["description"]
        descriptions[name] = texts
    for file, content in (("fields.json", fields), ("descriptions.json", descriptions)):
        lines = ",\n".join(
            f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'), sort_keys=True)}" for k, v in content.items()
        )
        (folder / file).write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
