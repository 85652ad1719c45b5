"""Whether a request or an answer is as PayPal's published OpenAPI has it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

Json = dict[str, Any]

_KEPT: Json = json.loads((Path(__file__).parent / "contract.json").read_text())

# Documented, and not in the published schemas: a payment token is made of a setup token, and a customer bears our id.
_VAULT = _KEPT["vault_payment_tokens_v3"]["components"]["schemas"]
_VAULT["token_id_request"]["properties"]["type"]["enum"].append("SETUP_TOKEN")
_VAULT["token_id_request"]["properties"]["id"]["pattern"] = "^[0-9a-zA-Z_-]+$"
_VAULT["customer"]["properties"]["merchant_customer_id"] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 64,
    "pattern": r"^[0-9a-zA-Z\-_.^*$@#]+$",
}
# The value that PayPal documents is longer than what it publishes for it.
for _methods in _KEPT["payments_payment_v2"]["paths"].values():
    for _one in (one for said in _methods.values() for one in said["parameters"]):
        if _one["name"] == "Prefer":
            _one["schema"]["maxLength"] = 25


class Operation:
    """One method of one path."""

    def __init__(self, api: str, path: str, method: str, said: Json) -> None:
        self.path, self.method, self.said = path, method, said
        self.components = _KEPT[api]["components"]
        self.match = re.compile(
            re.sub(r"\{\w+\}", "([^/]+)", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))
        )
        self.names = re.findall(r"\{(\w+)\}", path)

    def faults_of_request(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: Any
    ) -> list[str]:
        found = self.match.fullmatch(path)
        in_path = dict(zip(self.names, map(unquote, found.groups()), strict=True)) if found else {}
        given = {"path": in_path, "query": query, "header": {name.lower(): v for name, v in headers.items()}}
        faults = []
        known = set()
        for one in self.said["parameters"]:
            name = one["name"].lower() if one["in"] == "header" else one["name"]
            known.add((one["in"], name))
            if name not in given[one["in"]]:
                faults += (
                    [f"{one['in']} {name} is missing"] if one["required"] and one["in"] != "query" else []
                )
            else:
                faults += self._faults(one["schema"], _typed(given[one["in"]][name], one["schema"]), name)
        faults += [f"query {name} is unknown" for name in query if ("query", name) not in known]
        if schema := self.said["request"]:
            faults += self._faults(schema, body, "body")
            faults += [f"{at} is unknown" for at in self._unknown([schema], body, "body")]
        return faults

    def faults_of_answer(self, status: int, body: Any) -> list[str]:
        answers = self.said["answers"]
        schema = answers.get(str(status), answers.get("default") if status >= 400 else None)
        if str(status) not in answers and not (status >= 400 and "default" in answers):
            return [f"status {status} is none of this operation's"]
        faults = self._faults(schema, body, f"answer {status}") if schema else []
        if schema and status < 400:
            faults += [f"{at} is unknown" for at in self._unknown([schema], body, f"answer {status}")]
        return faults

    def _faults(self, schema: Json, value: Any, where: str) -> list[str]:
        validator = Draft202012Validator({**schema, "components": self.components})
        return [
            f"{where}: {fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(value)
        ]

    def _unknown(self, schemas: list[Json], value: Any, where: str) -> Iterator[str]:
        """Names that no schema knows: PayPal would pass over them, and they say nothing."""
        schemas = [flat for schema in schemas for flat in self._flat(schema)]
        if isinstance(value, dict):
            if any(schema.get("additionalProperties") is True for schema in schemas):
                return
            for name, inner in value.items():
                below = [s["properties"][name] for s in schemas if name in s.get("properties", {})]
                if not below:
                    yield f"{where}.{name}"
                yield from self._unknown(below, inner, f"{where}.{name}")
        elif isinstance(value, list):
            below = [schema["items"] for schema in schemas if "items" in schema]
            for inner in value:
                yield from self._unknown(below, inner, f"{where}[]")

    def _flat(self, schema: Json) -> Iterator[Json]:
        while "$ref" in schema:
            schema = self.components["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        yield schema
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            yield from self._flat(part)


def _typed(text: str, schema: Json) -> Any:
    if schema.get("type") == "integer" and text.isdecimal():
        return int(text)
    return text.split(",") if schema.get("type") == "array" else text


OPERATIONS = [
    Operation(api, path, method, said)
    for api, kept in _KEPT.items()
    for path, methods in kept["paths"].items()
    for method, said in methods.items()
]


def operation(method: str, path: str) -> Operation | None:
    return next((o for o in OPERATIONS if o.method == method.lower() and o.match.fullmatch(path)), None)


def issues(api: str, schema: str) -> set[str]:
    """The published reasons of a refusal."""
    kept = _KEPT[api]["components"]["schemas"][schema]
    return {one["properties"]["issue"]["enum"][0] for one in kept["properties"]["issues"]["items"]["anyOf"]}


def event_faults(event: Any) -> list[str]:
    """Of a message to a webhook."""
    [found] = [o for o in OPERATIONS if o.path.startswith("/v1/notifications/webhooks-events")]
    return found.faults_of_answer(200, event)
