"""The description of the service as one HTML page that loads nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

STYLE = """body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
padding: 0 1rem; } table { border-collapse: collapse; width: 100%; } td, th { text-align: left;
vertical-align: top; border-bottom: 1px solid #ccc; padding: .3rem .6rem .3rem 0; }
code { font-size: .9em; }"""


def describe(openapi: dict[str, Any]) -> str:
    """An OpenAPI description as a page: operations, then models, everything escaped."""
    info = openapi["info"]
    body = [f"<h1>{escape(info['title'])}</h1>", f"<p>{escape(info.get('summary', ''))}</p>"]
    body.append('<p>The same for machines: <a href="openapi.json">openapi.json</a>.</p>')
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            body += _operation(f"{method.upper()} {path}", operation)
    body.append("<h2>Models</h2>")
    for name, model in openapi["components"]["schemas"].items():
        body += _model(name, model)
    head = f'<meta charset="utf-8"><title>{escape(info["title"])}</title><style>{STYLE}</style>'
    page = "\n".join(body)
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{page}</body></html>'


def _operation(title: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{escape(title)}</code></h2><p>{escape(operation.get('description', ''))}</p>"
    options = [
        (item["name"], _type(item["schema"]), item.get("description", ""))
        for item in operation.get("parameters", ())
    ]
    if options:
        yield _table(("option in the query", "type", "meaning"), options)
    taken = operation.get("requestBody", {}).get("content", {})
    if taken:
        rows = [
            (form, _type(item["schema"]), item.get("example", "")) for form, item in taken.items()
        ]
        yield _table(("Content-Type", "body", "example"), rows)
    rows = [
        (status, form, f"{_type(item.get('schema', {}))} {answer['description']}")
        for status, answer in operation["responses"].items()
        for form, item in answer.get("content", {"": {}}).items()
    ]
    yield _table(("status", "Content-Type", "answer"), rows)


def _model(name: str, model: dict[str, Any]) -> Iterator[str]:
    yield f"<h3>{escape(name)}</h3><p>{escape(model.get('description', ''))}</p>"
    rows = [
        (field, _type(item), item.get("description", ""))
        for field, item in model.get("properties", {}).items()
    ]
    if rows:
        yield _table(("name", "type", "meaning"), rows)


def _type(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(item) for item in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if schema.get("type") == "array" and "items" in schema:
        return f"[{_type(schema['items'])}, …]"
    return str(schema.get("type", ""))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    cells = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{titles}</tr>{cells}</table>"
