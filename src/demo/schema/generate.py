#!/usr/bin/env python3
"""Condenses Kubernetes' OpenAPI v3 documents into kubernetes.json.

usage: generate.py .../k8s.io/kubernetes@v1.36.3/api/openapi-spec/v3 .../k8s.io > kubernetes.json

The second argument is the folder with api@v0.36.3, apimachinery@v0.36.3 and
apiextensions-apiserver@v0.36.3, for the numbers of fields in protobuf.

Only what the demo's API server needs: fields, types, and how lists and maps
merge. One string per field (see mod.rs for the grammar); descriptions stay out.
"""
import glob
import os
import json
import re
import sys

KINDS = """ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolumeClaim PersistentVolume Pod
ReplicationController ResourceQuota Secret ServiceAccount Service CustomResourceDefinition ControllerRevision
DaemonSet Deployment ReplicaSet StatefulSet HorizontalPodAutoscaler CronJob Job Lease EndpointSlice IngressClass
Ingress NetworkPolicy PodDisruptionBudget ClusterRoleBinding ClusterRole RoleBinding Role PriorityClass
StorageClass Eviction Binding Scale SelfSubjectReview TokenReview LocalSubjectAccessReview
SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview""".split()
PLAIN = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "x",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "t",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "u",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "o",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "o",
}

schemas = {}
for path in glob.glob(sys.argv[1] + "/*.json"):
    schemas.update(json.load(open(path)).get("components", {}).get("schemas", {}))

types, roots = {}, {}

# Go's structs: (package, name) → [(JSON name or "", number, pointer, Go type)]. OpenAPI knows no
# numbers, and flattens what is inline in JSON but a message of its own in protobuf.
go = {}
FIELD = re.compile(r'^\t(?:\w+\s+)?(\S+)\s+`json:"([^",]*)([^"]*)".*protobuf:"\w+,(\d+)')


def read_go(folder, package):
    for path in glob.glob(folder + "/*.go"):
        name = None
        for line in open(path):
            if m := re.match(r"^type (\w+) struct {", line):
                name = m[1]
                go[package, name] = []
            elif line.startswith("}"):
                name = None
            elif name and (m := FIELD.match(line)):
                go[package, name].append((m[2], int(m[4]), m[1].startswith("*"), m[1].lstrip("*")))


for path in glob.glob(sys.argv[2] + "/api@v0.36.3/*/v*/types.go"):
    group, version = path.split("/")[-3:-1]
    read_go(os.path.dirname(path), f"{group}.{version}")
read_go(sys.argv[2] + "/apimachinery@v0.36.3/pkg/apis/meta/v1", "apis.meta.v1")
read_go(sys.argv[2] + "/apiextensions-apiserver@v0.36.3/pkg/apis/apiextensions/v1",
        "apiextensions-apiserver.pkg.apis.apiextensions.v1")


def numbers(key):
    """JSON name → "#number", "#outer.number" for what is inline; "*" marks pointers."""
    package, name = key.rsplit(".", 1)
    out = {}
    for field, number, pointer, kind in go.get((package, name), []):
        if field:
            out[field] = f"#{number}" + ("*" if pointer else "")
        else:
            for inner, word in numbers(f"{package}.{kind}").items():
                out[inner] = f"#{number}.{word[1:]}"
    return out


def short(name):
    return name.removeprefix("io.k8s.").removeprefix("apimachinery.pkg.").removeprefix("api.")


def type_of(p):
    if "allOf" in p:
        return type_of(p["allOf"][0])
    if "$ref" in p:
        name = p["$ref"].rsplit("/", 1)[1]
        if name in PLAIN:
            return PLAIN[name]
        if "properties" not in schemas[name]:
            return "o"
        define(name)
        return short(name)
    kind = p.get("type")
    if kind == "array":
        return "[" + type_of(p["items"]) + "]"
    if kind == "object":
        return "{" + type_of(p["additionalProperties"]) + "}" if "additionalProperties" in p else "o"
    if kind == "integer":
        return "i" if p.get("format") == "int32" else "l"
    return {"string": "s", "boolean": "b", "number": "n"}.get(kind, "o")


def define(name):
    key = short(name)
    if key in types:
        return
    schema = schemas[name]
    fields = types[key] = {}
    numbered = numbers(key)
    if schema.get("x-kubernetes-map-type") == "atomic":
        fields["~"] = "atomic"
    for field, p in sorted(schema.get("properties", {}).items()):
        words = [type_of(p)]
        if field in schema.get("required", []):
            words.append("!")
        if p.get("default") == {} and "allOf" in p:
            words.append("val")
        if p.get("x-kubernetes-list-type") == "map":
            words.append("keys=" + ",".join(p["x-kubernetes-list-map-keys"]))
        if p.get("x-kubernetes-list-type") == "set":
            words.append("set")
        if p.get("x-kubernetes-map-type") == "atomic":
            words.append("atomic")
        if p.get("x-kubernetes-patch-strategy"):
            words.append("how=" + p["x-kubernetes-patch-strategy"])
        if p.get("x-kubernetes-patch-merge-key"):
            words.append("by=" + p["x-kubernetes-patch-merge-key"])
        if field in numbered:
            words.append(numbered[field])
        if p.get("format") == "byte" or p.get("additionalProperties", {}).get("format") == "byte":
            words.append("bytes")
        fields[field] = " ".join(words)


for name, schema in sorted(schemas.items()):
    for gvk in schema.get("x-kubernetes-group-version-kind", []):
        if gvk["kind"] in KINDS and re.fullmatch(r"v\d", gvk["version"]):
            define(name)
            roots[(gvk["group"] + "/" if gvk["group"] else "") + gvk["version"] + "/" + gvk["kind"]] = short(name)

define("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions")
lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":"), sort_keys=True) for k, v in sorted(types.items())]
print('{"roots":' + json.dumps(roots, separators=(",", ":"), sort_keys=True) + ',\n"types":{\n' + ",\n".join(lines) + "}}")
