#!/usr/bin/env python3
"""Condenses the Gateway API's HTTPRoute definition into httproute.json (Apache-2.0, as the original).

usage: condense.py .../sigs.k8s.io/gateway-api@v1.4.1/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml

Descriptions, the rules in CEL (not run here) and v1beta1 stay out.
"""
import json
import sys

import yaml

OUT = ("description", "x-kubernetes-validations")


def strip(value, names=False):
    """`names`: the keys are names of fields, not words of the schema."""
    if isinstance(value, dict):
        return {k: strip(v, k == "properties" and not names) for k, v in value.items() if names or k not in OUT}
    return [strip(v) for v in value] if isinstance(value, list) else value


crd = yaml.safe_load(open(sys.argv[1]))
crd.pop("status", None)
crd["spec"]["versions"] = [v for v in crd["spec"]["versions"] if v["name"] == "v1"]
schema = crd["spec"]["versions"][0]["schema"]
schema["openAPIV3Schema"] = strip(schema["openAPIV3Schema"])
print(json.dumps(crd, separators=(",", ":"), sort_keys=True))
