"""Predicted F0 over HTTP, from a trained model, on this machine.

    python -m intonation.book.service --model build/default/model/semitones --port 8080

GET /ping says whether it is ready; POST /invocations takes labels or a Polish text. Without --host
only this machine can reach it.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from intonation.book.service.app import make_app
from intonation.book.service.settings import Limits, find_source
from intonation.errors import IntonationError

SUMMARY = __doc__.splitlines()[0]
HEAD_BYTES = 16 * 1024
TOO_LATE = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\n"
    b"content-length: 76\r\n\r\n"
    b'{"error": "the head of the request did not arrive in time", "status": 408}\r\n'
)


class ImpatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 that does not wait for ever for the head of a request.

    Nor for the rest of a body that was refused before it was read, nor for a client that does not
    read its answer.
    """

    head_s, send_s = Limits.head_s, Limits.send_s
    _waiting: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._sending = self.loop.call_later(self.send_s, self.transport.abort)

    def resume_writing(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        super().resume_writing()

    def _wait(self) -> None:
        """Set the timer while a head, or what nobody reads, is on its way; once, not per byte."""
        refused = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
        if self.conn.their_state is not h11.IDLE and not refused:
            self._stop()
        elif self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(self.head_s, self._hang_up)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _hang_up(self) -> None:
        if self.conn.their_state is h11.IDLE:
            self.transport.write(TOO_LATE)
        self.transport.close()


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m intonation.book.service", description=SUMMARY)
    parser.add_argument("--model", type=Path, required=True, help="folder such as OUT/model/TARGET")
    parser.add_argument(
        "--questions", type=Path, help="question set; default: beside the model, or of its run"
    )
    parser.add_argument(
        "--speaker-median-hz", type=float, metavar="HZ", help="default: of the run's speakers"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (%(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="(%(default)s)")
    Limits.add_options(parser)
    return parser.parse_args(given)


def main(arguments: list[str] | None = None) -> int:
    """Command line of `make serve`; not 0 where the model cannot be served or the port is taken."""
    given = _arguments(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        limits = Limits.of(given)
        source = find_source(given.model, given.questions, given.speaker_median_hz)
    except IntonationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    server = uvicorn.Server(_config(make_app(source, limits), limits, given.host, given.port))
    server.run()
    return 0 if server.started else 1


def _config(app: FastAPI, limits: Limits, host: str, port: int) -> uvicorn.Config:
    waits = {"head_s": limits.head_s, "send_s": limits.send_s}
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=type("Protocol", (ImpatientProtocol,), waits),
        ws="none",
        access_log=False,  # ours has no addresses of clients
        log_config=None,
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_keep_alive=limits.idle_s,
        timeout_graceful_shutdown=limits.compute_s,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )


if __name__ == "__main__":
    sys.exit(main())
