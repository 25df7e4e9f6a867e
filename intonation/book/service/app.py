"""The service over HTTP: its routes, what it says of errors, and what it writes into its log.

GET /ping and POST /invocations are the contract of an Amazon SageMaker endpoint; /openapi.json
and / describe them. The log has numbers only, never what a client sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intonation.book.service import received, schema
from intonation.book.service.answers import Answer, choose_form
from intonation.book.service.page import describe
from intonation.book.service.refusals import Refused, sentence_of
from intonation.book.service.settings import Limits, Source
from intonation.book.service.workers import READY, Vanished, Workers, running

LOG = logging.getLogger("intonation.service")
DIGITS = 18  # of a length that is read at all
PIECE = 65_536  # bytes of an answer
VANISHED = 499  # nginx's number for a client that closed the connection; nobody reads it
_PLACE = re.compile(r'^ *File "(.+)", line (\d+)', re.M)  # in the traceback of a process
REFUSALS = {
    400: "Malformed labels, CSV or JSON",
    406: "No form of the answer is accepted",
    408: "The body did not arrive in time",
    413: "Too many bytes, labels, seconds or characters",
    415: "A body of another type or charset",
    422: "Labels of another question set, text that is not Polish, unknown options",
    503: "Not ready, or no place; see Retry-After",
    504: "The computation took too long",
}


def make_app(source: Source, limits: Limits) -> FastAPI:
    """The application; its processes start and end with it."""
    workers = Workers(source, limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running(workers):
            yield

    app = FastAPI(
        title="Intonation: predicted F0",
        version="1",
        summary=f"F0 of Polish read speech from labels or text ({source.target}).",
        lifespan=lifespan,
        docs_url=None,  # it is fetched from elsewhere; / is ours
        redoc_url=None,
    )
    app.state.workers = workers
    _add_routes(app, workers)
    _add_errors(app)
    app.add_middleware(Recorded)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's description, and the models of a body that is read here and not by FastAPI."""
    if app.openapi_schema is None:
        described = FastAPI.openapi(app)
        more = schema.Request.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = described["components"]["schemas"]
        parts |= more.pop("$defs", {}) | {"Request": more}
    return app.openapi_schema


def _add_routes(app: FastAPI, workers: Workers) -> None:
    @app.get("/ping", responses={503: {"model": schema.Health}}, summary="Can it answer?")
    async def ping(response: Response) -> schema.Health:
        """200 once the model is loaded and predicts finite numbers, else 503."""
        response.status_code = 200 if workers.state == READY else 503
        return schema.Health(status=workers.state, target=workers.source.target)

    @app.post("/invocations", summary="Predict F0", **_described())
    async def invocations(
        request: Request, options: Annotated[schema.Options, Query()]
    ) -> Response:
        """Labels or a Polish text in, predicted F0 per frame of 5 ms out, explained if asked."""
        with ExitStack() as place:
            place.enter_context(workers.admitted())
            task, accept = await _task(request, options, workers.limits)
            with _leaving(request) as gone:
                answer = await workers.answer(task, accept, gone)
            return Sent(answer, place.pop_all())

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> str:
        return describe(app.openapi())


class Sent(Response):
    """An answer that keeps its place until the client has it, for so long it is in memory."""

    def __init__(self, answer: Answer, place: ExitStack) -> None:
        super().__init__(answer.body, media_type=answer.media_type, headers=answer.headers)
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with self._place:
            await send(start)
            for at in range(
                0, max(1, len(self.body)), PIECE
            ):  # the next when the client has taken one
                more, piece = at + PIECE < len(self.body), self.body[at : at + PIECE]
                await send({"type": "http.response.body", "body": piece, "more_body": more})


def _described() -> dict[str, Any]:
    """What FastAPI cannot see of /invocations: the forms of body and answer."""
    text = {"schema": {"type": "string"}}
    body = {
        schema.JSON: {"schema": {"$ref": "#/components/schemas/Request"}},
        schema.CSV: {**text, "example": "start,end,label\n0,500000,x^x-pau+a=l@…\n"},
        schema.HTS: {**text, "example": "0 500000 x^x-pau+a=l@…\n"},
    }
    binary = {"schema": {"type": "string", "format": "binary"}}
    out = {schema.CSV: text, schema.PITCH_TIER: text, schema.F0: binary}
    refusals = {
        status: {"model": schema.Problem, "description": meaning}
        for status, meaning in REFUSALS.items()
    }
    return {
        "openapi_extra": {"requestBody": {"required": True, "content": body}},
        "responses": {200: {"model": schema.Prediction, "content": out}, **refusals},
    }


async def _task(
    request: Request, options: schema.Options, limits: Limits
) -> tuple[received.Task, str]:
    """The task of a request, and the form of its answer; refused before the body where possible."""
    content_type = request.headers.get("content-type", "")
    received.media_type(content_type)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, "expected a body without Content-Encoding; send it uncompressed")
    body = await _body(request, limits)
    task = received.read_body(body, content_type, options, limits)
    explains = task.options.explain is not None
    return task, choose_form(request.headers.get("accept", ""), explains=explains)


async def _body(request: Request, limits: Limits) -> bytes:
    """The body, as far as it is allowed; raises Refused (413, 408), Vanished."""
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and int(stated[:DIGITS]) > limits.body_bytes:
        raise _too_large(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_s):
            async for part in request.stream():
                body += part
                if len(body) > limits.body_bytes:
                    raise _too_large(limits)
    except TimeoutError:
        raise Refused(
            408, f"the body did not arrive within {limits.body_s:g} s; send it again"
        ) from None
    except ClientDisconnect:
        raise Vanished from None
    return bytes(body)


def _too_large(limits: Limits) -> Refused:
    return Refused(
        413,
        f"the body has more than the {limits.body_bytes} bytes that are taken; "
        "send the speech utterance by utterance",
    )


@contextmanager
def _leaving(request: Request):
    """A future that is done when the client closes the connection; the body was read before."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    watching = asyncio.ensure_future(watch())
    try:
        yield watching
    finally:
        watching.cancel()


def _add_errors(app: FastAPI) -> None:
    """One form for every error: a sentence, the status, the request's name in the log."""

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        headers = {} if error.wait_s is None else {"retry-after": str(error.wait_s)}
        return _problem(request, error.status, error.sentence, error.line, headers)

    @app.exception_handler(RequestValidationError)
    async def unknown_option(request: Request, error: RequestValidationError) -> Response:
        return _problem(request, 422, f"expected known options: {sentence_of(error.errors())}")

    @app.exception_handler(HTTPException)
    async def wrong_place(request: Request, error: HTTPException) -> Response:
        sentence = f"{error.detail}; expected GET /ping or POST /invocations"
        headers = dict(error.headers or {})
        return _problem(request, error.status_code, sentence, None, headers)

    @app.exception_handler(Vanished)
    async def vanished(request: Request, error: Vanished) -> Response:
        return _problem(request, VANISHED, "the connection was closed")


def _problem(
    request: Request,
    status: int,
    sentence: str,
    line: int | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    name = request.scope["state"]["name"]
    problem = schema.Problem(error=sentence, status=status, request=name, line=line)
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, status, headers, media_type="application/json")


class Recorded:
    """Writes one line of numbers per request; an error of our own is told without its words."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        record = _Record(scope, receive, send)
        try:
            await self.app(scope, record.receive, record.send)
        except Exception as error:
            record.fail(error)
            if not record.status:
                await record.apologise()
        finally:
            record.write()


class _Record:
    """What is known of one request: sizes, status and time."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send, self._began = receive, send, time.perf_counter()
        self.name = uuid.uuid4().hex[:12]
        scope.setdefault("state", {})["name"] = self.name
        known = scope["path"] in ("/ping", "/invocations", "/openapi.json", "/")
        self.what = f"{scope['method'][:8]} {scope['path'] if known else '(unknown)'}"
        self.bytes_in = self.bytes_out = self.status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self.bytes_in += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request", self.name.encode())]
        self.bytes_out += len(message.get("body", b""))
        await self._send(message)

    async def apologise(self) -> None:
        """Answer 500, with nothing of what went wrong."""
        sentence = f"an error of the service, not of the request; its log has it as {self.name}"
        problem = {"error": sentence, "status": 500, "request": self.name}
        headers = [(b"content-type", b"application/json")]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": json.dumps(problem).encode()})

    def fail(self, error: Exception) -> None:
        """Where it happened, but not the message: it might quote a corpus."""
        lines = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
        there = [":".join(found) for found in _PLACE.findall(str(error.__cause__ or ""))]
        places = " > ".join([*lines[-1:], *there[-5:]])
        LOG.error("request=%s %s at %s", self.name, type(error).__name__, places)

    def write(self) -> None:
        """One line."""
        ms = (time.perf_counter() - self._began) * 1000
        LOG.info(
            "request=%s %s status=%d in=%d out=%d ms=%.1f",
            *(self.name, self.what, self.status, self.bytes_in, self.bytes_out, ms),
        )
