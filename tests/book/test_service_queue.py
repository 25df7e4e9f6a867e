"""Who gets a place, who waits, and what becomes of those whose computation fails."""

import asyncio
import logging
from contextlib import asynccontextmanager

import httpx
import pytest
from live_service import WAIT_S, run_apart
from pebble import ProcessExpired, ProcessPool

from intonation.book.service import workers
from intonation.book.service.answers import Answer
from intonation.book.service.app import make_app
from intonation.book.service.refusals import Refused
from intonation.book.service.settings import Limits, Source
from intonation.book.service.workers import BrokenProcessPool, Pool, Vanished
from intonation.errors import ModelError

pytestmark = pytest.mark.processes

LIMITS = Limits(workers=1, queued=1, body_s=0.2)
SECRET = "Sekretny korpus."


class Script:
    """Stands in for both pools: what happens when a function is called in a process."""

    def __init__(self):
        self.ready, self.answers = asyncio.Event(), asyncio.Event()
        self.ready.set()
        self.answers.set()
        self.fails = {}
        self.running = 0
        self.left = 0

    def __call__(self, *_, **__):
        return self

    async def start(self):
        await self.ready.wait()

    async def call(self, seconds, gone, name, *arguments):
        if name in self.fails:
            raise self.fails[name]
        self.running += 1
        done = asyncio.ensure_future(self.answers.wait())
        await asyncio.wait({done, gone}, return_when=asyncio.FIRST_COMPLETED)
        self.running -= 1
        if gone.done():
            self.left += 1
            raise Vanished
        return Answer("text/plain", b"fine", {})

    def close(self):
        pass


def scripted(monkeypatch, story):
    """Run a story with an app whose processes follow a script, and a client."""

    async def run():
        script = Script()
        monkeypatch.setattr(workers, "Pool", script)
        app = make_app(Source("model", "questions", "semitones", 150.0), LIMITS)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://s") as client:
            await story(app, script, client)

    run_apart(run())


@asynccontextmanager
async def started(app):
    async with app.router.lifespan_context(app):
        await asyncio.sleep(0.01)
        yield


async def post(client, content=SECRET):
    headers = {"content-type": "text/plain"}
    return await client.post("/invocations", content=content, headers=headers)


def test_who_finds_no_place_is_told_to_come_again(monkeypatch):
    async def story(app, script, client):
        async with started(app):
            script.answers.clear()
            first = [asyncio.create_task(post(client)) for _ in range(2)]
            while script.running < 2:
                await asyncio.sleep(0.001)
            third = await post(client)
            assert third.status_code == 503 and third.headers["retry-after"] == "1"
            assert third.json()["error"] == "2 requests are in work; come again later"
            assert (await client.get("/ping")).status_code == 200
            script.answers.set()
            assert [(await one).status_code for one in first] == [200, 200]
            assert (await post(client)).text == "fine"

    scripted(monkeypatch, story)


def test_ready_only_after_loading(monkeypatch):
    async def story(app, script, client):
        script.ready.clear()
        async with started(app):
            found = await client.get("/ping")
            assert found.status_code == 503
            assert found.json() == {"status": "loading", "target": "semitones"}
            refused = await post(client)
            assert refused.status_code == 503 and refused.headers["retry-after"] == "1"
            script.ready.set()
            await asyncio.sleep(0.01)
            found = await client.get("/ping")
            assert found.status_code == 200 and found.json()["status"] == "ready"

    scripted(monkeypatch, story)


@pytest.mark.parametrize("error", [ModelError("/a/path has NaN"), TimeoutError(), OSError()])
def test_not_ready_where_the_model_cannot_be_loaded(monkeypatch, error):
    async def story(app, script, client):
        script.fails["check"] = error
        async with started(app):
            found = await client.get("/ping")
            assert found.status_code == 503 and found.json()["status"] == "broken"
            refused = await post(client)
            assert refused.status_code == 503 and "retry-after" not in refused.headers
            assert refused.json()["error"] == "the model is broken; see GET /ping"

    scripted(monkeypatch, story)


def test_not_ready_after_a_model_broke(monkeypatch):
    async def story(app, script, client):
        async with started(app):
            assert (await client.get("/ping")).status_code == 200
            script.fails["answer"] = ModelError("weights of /a/path are gone")
            refused = await post(client)
            assert refused.status_code == 503 and "/a/path" not in refused.text
            assert (await client.get("/ping")).json()["status"] == "broken"

    scripted(monkeypatch, story)


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (TimeoutError(), 504, "not ready after 30 s of computing; send less at once"),
        (ProcessExpired("", 9), 500, "maybe for want of memory; send less at once"),
        (BrokenProcessPool(), 503, "the computing process ended; send again"),
        (Refused(422, "a sentence", line=3), 422, "a sentence"),
        (ValueError(SECRET), 500, "an error of the service, not of the request; its log has it"),
    ],
)
def test_a_computation_that_fails_has_a_sentence(monkeypatch, caplog, error, status, sentence):
    async def story(app, script, client):
        async with started(app):
            script.fails["answer"] = error
            found = await post(client)
            assert found.status_code == status
            assert sentence in found.json()["error"] and found.json()["status"] == status
            assert found.json()["request"] == found.headers["x-request"]
            assert (await client.get("/ping")).status_code == 200
            assert found.headers["x-request"] in caplog.text
            del script.fails["answer"]
            assert (await post(client)).status_code == 200  # the place is free again
            assert (await post(client)).status_code == 200

    with caplog.at_level(logging.INFO):
        scripted(monkeypatch, story)
    assert SECRET not in caplog.text and "Traceback" not in caplog.text


async def call(app, *messages):
    """Call the app with what a server would hand it; returns the status that is sent."""
    waiting, sent = list(messages), []

    async def receive():
        if not waiting:
            await asyncio.sleep(WAIT_S)
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/invocations", "query_string": b""}
    scope |= {"headers": [(b"content-type", b"text/plain")], "http_version": "1.1"}
    await app(scope, receive, send)
    return sent[0]["status"]


def test_a_client_that_vanishes_is_dropped(monkeypatch):
    body = {"type": "http.request", "body": b"x", "more_body": False}
    part, end = {**body, "more_body": True}, {"type": "http.disconnect"}

    async def story(app, script, client):
        async with started(app):
            script.answers.clear()
            for _ in range(5):  # more than there are places
                assert await call(app, body, end) == 499
                assert await call(app, part, end) == 499
            assert script.left == 5 and script.running == 0
            assert await call(app, part) == 408  # it hangs, and has no place for ever
            script.answers.set()
            assert (await post(client)).status_code == 200

    scripted(monkeypatch, story)


# real processes


def in_pool(story, **settings):
    async def run():
        pool = Pool(1, **settings)
        try:
            await pool.start()
            return await story(pool, asyncio.get_running_loop().create_future())
        finally:
            await asyncio.to_thread(pool.close)

    return run_apart(run())


def test_a_computation_that_takes_too_long_is_ended():
    async def story(pool, gone):
        with pytest.raises(TimeoutError):
            await pool.call(0.2, gone, "speak", "Ala ma kota i psa, a Ola ma dwa koty. " * 25)
        return await pool.call(WAIT_S, gone, "speak", "Ala ma kota.")

    assert in_pool(story, calls=1).fields("p3").tolist()[:-1] == list("alamakota")


def test_refusals_come_back_whole_and_who_waits_can_leave():
    async def story(pool, gone):
        with pytest.raises(Refused) as caught:
            await pool.call(WAIT_S, gone, "speak", "Съешь")
        assert caught.value.status == 422 and "outside Polish spelling" in caught.value.sentence
        leaves = asyncio.get_running_loop().create_future()
        working = asyncio.create_task(pool.call(WAIT_S, gone, "speak", "Ala ma kota."))
        waiting = asyncio.create_task(pool.call(WAIT_S, leaves, "speak", "Ola."))
        await asyncio.sleep(0)
        leaves.set_result(None)
        with pytest.raises(Vanished):
            await waiting
        assert len(await working) > 9
        assert len(await pool.call(WAIT_S, gone, "speak", "Ola.")) > 3

    in_pool(story, calls=1)


def test_processes_that_died_are_replaced():
    async def story(pool, gone):
        pool._pool.stop()
        assert len(await pool.call(WAIT_S, gone, "speak", "Ola.")) > 3
        assert isinstance(pool._pool, ProcessPool)

    in_pool(story)
