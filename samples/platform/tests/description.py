# SPDX-License-Identifier: MIT
"""openapi.yaml: whether it has every address, and whether what is sent, if that
was right, and answers are as it says."""

import json
import os
import re

import jsonschema
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..")
METHODS = ("get", "post", "put", "patch", "delete")


def plain(schema):
    """JSON Schema of OpenAPI's: what may be null has two types there."""
    if isinstance(schema, list):
        return [plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: plain(value) for name, value in schema.items()}
    if result.pop("nullable", None) is True:
        result["type"] = [result["type"], "null"]
    return result


class Description:
    """The file, and what of it was seen."""

    def __init__(self):
        with open(os.path.join(FOLDER, "openapi.yaml"),
                  encoding="utf-8") as file:
            self.root = yaml.safe_load(file)
        self.seen = set()
        self.operations = {}
        for path, item in self.root["paths"].items():
            pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$")
            for method in METHODS:
                if method in item:
                    self.operations[method, path] = (pattern, item[method])

    def follow(self, node):
        while "$ref" in node:
            target = self.root
            for name in node["$ref"][2:].split("/"):
                target = target[name]
            node = target
        return node

    def check_addresses(self):
        """Those of routes.c, but for the files of the page."""
        with open(os.path.join(FOLDER, "http/routes.c"),
                  encoding="utf-8") as file:
            routes = re.findall(r'\{"([A-Z]+)", "([^"]+)"', file.read())
        known = {(method.lower(), re.sub(r":(\w+)", r"{\1}", path))
                 for method, path in routes
                 if path != "/" and "." not in path}
        described = set(self.operations)
        assert known == described, known ^ described

    def check(self, method, path, body, answer):
        """A request and its answer."""
        path = path.split("?")[0]
        for (one, name), (pattern, operation) in self.operations.items():
            if one == ("get" if method == "HEAD" else method.lower()) and \
                    pattern.match(path):
                self.seen.add((one, name))
                if answer.status < 300:
                    self.check_body(operation, body)
                self.check_answer(f"{method} {name}", operation, answer)
                return

    def validate(self, schema, text):
        schema = dict(plain(schema))
        schema["components"] = plain(self.root["components"])
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))

    def check_body(self, operation, body):
        content = self.follow(operation.get("requestBody", {})) \
            .get("content", {})
        if "application/json" in content:
            self.validate(content["application/json"]["schema"], body)

    def check_answer(self, name, operation, answer):
        responses = operation["responses"]
        said = responses.get(str(answer.status), responses.get("default"))
        assert said is not None, f"{name}: status {answer.status}"
        content = self.follow(said).get("content", {})
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if not answer.body:
            return
        assert kind in content, f"{name}: {answer.status} {kind}"
        if kind == "application/json":
            self.validate(content[kind]["schema"], answer.body)

    def check_seen(self):
        """Every operation has been tried."""
        missing = set(self.operations) - self.seen
        assert not missing, missing
