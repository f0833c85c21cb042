#!/usr/bin/env python3
"""Condenses Kubernetes' OpenAPI v3 documents into kubernetes.json.

usage: generate.py .../k8s.io/kubernetes@v1.36.3/api/openapi-spec/v3 > kubernetes.json

Only what the demo's API server needs: fields, types, and how lists and maps
merge. One string per field (see mod.rs for the grammar); descriptions stay out.
"""
import glob
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
        fields[field] = " ".join(words)


for name, schema in sorted(schemas.items()):
    for gvk in schema.get("x-kubernetes-group-version-kind", []):
        if gvk["kind"] in KINDS and re.fullmatch(r"v\d", gvk["version"]):
            define(name)
            roots[(gvk["group"] + "/" if gvk["group"] else "") + gvk["version"] + "/" + gvk["kind"]] = short(name)

lines = [json.dumps(k) + ":" + json.dumps(v, separators=(",", ":"), sort_keys=True) for k, v in sorted(types.items())]
print('{"roots":' + json.dumps(roots, separators=(",", ":"), sort_keys=True) + ',\n"types":{\n' + ",\n".join(lines) + "}}")
