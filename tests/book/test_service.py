"""The service as clients meet it: a process of its own, sockets, curl."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import httpx
import numpy as np
import pytest
from builders import labels_of, save_small_model
from live_service import ROOT, WAIT_S, LiveService, run_apart, spoken

from intonation import explain, load_model, read_questions
from intonation.book.service.__main__ import _arguments, main
from intonation.book.service.settings import MEDIAN_HZ
from intonation.lrp.ranking import group_matrix, input_groups
from intonation.model.prediction import predict_hz

pytestmark = pytest.mark.processes

WAITS = ("--head-s", "6", "--body-s", "6", "--send-s", "3")  # long enough for a slow machine
PAGE = ROOT / "book" / "serving.md"


def lab_of(labels):
    rows = zip(labels.starts, labels.ends, labels.texts, strict=True)
    return "".join(f"{start} {end} {text}\n" for start, end, text in rows)


LABELS = labels_of([1_000_000, 2_200_000, 3_000_000, 4_040_000])
LAB = lab_of(LABELS)
MANY = "".join(f"{i}0 {i + 1}0 {LABELS.texts[1]}\n" for i in range(10_000))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_small_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def library(folder):
    """What the library predicts for labels, in Hz [frames], 0 where unvoiced; model, questions."""
    model, questions = load_model(folder), read_questions(folder / "questions.hed")

    def predict(labels):
        utterance = spoken(labels, questions, MEDIAN_HZ)
        return np.where(utterance.voiced, predict_hz(model, utterance), 0)

    predict.model, predict.questions = model, questions
    return predict


@pytest.fixture(scope="module")
def service(folder, tmp_path_factory):
    live = LiveService(folder, tmp_path_factory.mktemp("log"), *WAITS)
    yield live.ready()
    live.stop()


def same(found, expected):
    """Equal, but for how many threads a sum was split among."""
    return np.shape(found) == np.shape(expected) and np.allclose(found, expected, 1e-5, 1e-5)


def test_answers_are_the_librarys(service, library):
    f0_hz = library(LABELS)
    assert same(service.post(LAB).json()["f0_hz"], f0_hz)
    found = service.post(LAB.replace(" ", ","), "text/csv", "application/octet-stream")
    assert same(np.frombuffer(found.content, "<f4"), f0_hz)
    assert found.headers["x-voicing"] == "from phones" and found.headers["x-speaker-median-hz"]
    found = service.post(LAB, accept="application/vnd.praat.pitchtier")
    assert found.text.startswith('File type = "ooTextFile"\nObject class = "PitchTier"')


def test_explanations_are_the_librarys(service, library):
    utterance = spoken(LABELS, library.questions, MEDIAN_HZ)
    told = explain(library.model, utterance, per="phone")
    groups = input_groups(library.questions, "linguistic_levels", vuv=False)
    found = service.post(LAB, explain="7").json()["relevance"]
    assert same(found["values"], group_matrix(told.values, groups, statistic="sum"))
    assert found["groups"] == list(groups) and found["per"] == "phone"
    assert found["absorbed"] == pytest.approx(told.absorbed, rel=1e-4)


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"content": "x"}, 400, "line 1: expected a full-context label"),
        ({"content": "{", "content_type": "application/json"}, 400, "Invalid JSON"),
        ({"content": LAB, "accept": "image/png"}, 406, "expected Accept application/json"),
        ({"content": LAB, "accept": "text/csv", "explain": "6"}, 406, "as JSON only"),
        ({"content": b"0" * 100_000_000}, 413, "more than the 2097152 bytes"),
        ({"content": (b"0" * 1000 for _ in range(5000))}, 413, "more than the 2097152 bytes"),
        ({"content": LAB * 2500}, 400, "line 5: expected a start at or after"),
        ({"content": MANY}, 413, "10000 labels, expected at most 5000"),
        ({"content": LAB, "content_type": "text/html"}, 415, "expected Content-Type text/csv"),
        ({"content": LAB, "explain": "all of it"}, 422, "explain: level of abstraction"),
        ({"content": LAB, "exlain": "all"}, 422, "exlain: this name is not known"),
        ({"content": LAB.replace("-l+", "-ll+")}, 422, "no question of the model asks for"),
        ({"content": '{"text": "Ещё"}', "content_type": "application/json"}, 422, "CYRILLIC"),
    ],
)  # fmt: skip
def test_bad_input_has_its_own_status_and_sentence(service, given, status, sentence):
    found = service.post(**given)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/json")
    assert sentence in found.json()["error"] and found.json()["status"] == status
    assert "Traceback" not in found.text


def test_other_places_and_methods(service):
    found = httpx.get(f"{service.url}/docs")
    assert found.status_code == 404 and "expected GET /ping" in found.json()["error"]
    found = httpx.get(f"{service.url}/invocations")
    assert found.status_code == 405 and found.headers["allow"] == "POST"
    found = httpx.post(
        f"{service.url}/invocations",
        content=b"",
        headers={"content-type": "text/plain", "content-encoding": "gzip"},
    )
    assert found.status_code == 415 and "send it uncompressed" in found.json()["error"]


# clients that misbehave


HEAD = "POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 99\r\n"
HANGING = ["", "POST /invoc", HEAD, f"{HEAD}connection: close\r\n\r\nhalf"]


def test_clients_that_hang_are_told_and_hung_up_on(service):
    with contextlib.ExitStack() as stack:
        address = "127.0.0.1", service.port
        connections = [
            stack.enter_context(socket.create_connection(address, WAIT_S)) for _ in HANGING
        ]
        for connection, sent in zip(connections, HANGING, strict=True):
            connection.sendall(sent.encode())
        found = [
            b"".join(iter(lambda c=connection: c.recv(65536), b"")).decode()
            for connection in connections
        ]
    sentences = [json.loads(text.partition("\r\n\r\n")[2])["error"] for text in found]
    assert all(text.startswith("HTTP/1.1 408") for text in found)
    assert sentences[:3] == ["the head of the request did not arrive in time"] * 3
    assert sentences[3] == "the body did not arrive within 6 s; send it again"


def test_a_client_that_vanishes_leaves_no_trace(service, library):
    for cut in (len(LAB), 10):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", service.port), WAIT_S) as connection:
                head = HEAD.replace("99", str(len(LAB)))
                connection.sendall(f"{head}\r\n{LAB[:cut]}".encode())
    assert same(service.post(LAB).json()["f0_hz"], library(LABELS))
    assert "status=499" in service.log


def test_a_client_that_does_not_read_is_hung_up_on(service):
    """Its answer is larger than what sockets hold, and would stay in memory for ever."""
    long = "".join(f"{i}00000 {i + 1}00000 {LABELS.texts[1]}\n" for i in range(2500))
    answered = service.log.count("/invocations status=200")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", service.port))
        head = HEAD.replace("99", str(len(long))).replace("s HTTP", "s?explain=all&per=frame HTTP")
        connection.sendall(f"{head}\r\n{long}".encode())
        found = connection.recv(1000).decode()
        promised = int(re.search(r"content-length: (\d+)", found)[1])
        assert found.startswith("HTTP/1.1 200") and promised > 5_000_000
        end = time.monotonic() + WAIT_S
        while service.log.count("/invocations status=200") == answered:
            assert time.monotonic() < end
            time.sleep(0.1)
        got = len(found)
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(1_000_000):
                got += len(part)
    assert got < promised
    assert service.post(LAB).status_code == 200


def test_the_log_has_no_words(service):
    service.post('{"text": "Sekretny korpus Ż1."}', "application/json")
    service.post("0 1 sekretny", per="sekretny", sekretny="1")
    assert "POST /invocations status=422 in=" in service.log
    assert "ekretny" not in service.log and "Traceback" not in service.log


def test_a_hundred_clients_lose_nothing_and_get_their_own(service, library):
    made = [labels_of([1_000_000, 2_200_000 + 50_000 * n, 3_000_000, 4_040_000]) for n in range(9)]
    expected = [library(labels) for labels in made]
    bodies = [lab_of(labels) for labels in made]

    async def one(client, number):
        headers = {"content-type": "text/plain"}
        found = await client.post("/invocations", content=bodies[number % 9], headers=headers)
        return found.status_code == 200 and same(found.json()["f0_hz"], expected[number % 9])

    async def all_of_them():
        limits = httpx.Limits(max_connections=100)
        url = service.url
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=WAIT_S) as client:
            return await asyncio.gather(*(one(client, number) for number in range(300)))

    assert run_apart(all_of_them()) == [True] * 300


def test_processes_that_are_killed_are_replaced(service, library):
    before = service.children()
    workers = {pid for pid in before if _parent(pid) != service.process.pid}
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + WAIT_S
    for body, form in (('{"text": "Ola."}', "application/json"), (LAB, "text/plain")):
        while (found := service.post(body, form)).status_code != 200 and time.monotonic() < end:
            assert found.status_code in (500, 503), found.text
            time.sleep(0.1)
    assert same(found.json()["f0_hz"], library(LABELS))
    assert httpx.get(f"{service.url}/ping").status_code == 200
    while len(service.children()) != len(before) and time.monotonic() < end:
        time.sleep(0.1)
    assert len(service.children()) == len(before) and not workers & service.children()


def _parent(pid):
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


# what it says of itself


def test_it_describes_itself_without_the_network(service):
    described = httpx.get(f"{service.url}/openapi.json").json()
    assert set(described["paths"]) == {"/ping", "/invocations"}
    parts = described["components"]["schemas"]
    assert {"Request", "Prediction", "Problem", "Health", "Times", "GroupRelevance"} <= set(parts)
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert references <= set(parts)
    answers = described["paths"]["/invocations"]["post"]["responses"]
    assert {"200", "400", "406", "408", "413", "415", "422", "503", "504"} <= set(answers)
    page = httpx.get(f"{service.url}/").text
    for part in parts.values():
        for name, told in part["properties"].items():
            assert f"<td>{name}</td>" in page
            assert "description" in told or "$ref" in told or part["title"] == "Problem", name
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"openapi.json"}
    assert "<script" not in page and "@import" not in page and "http:" not in page


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_commands_of_the_page_work(service, library, tmp_path):
    (tmp_path / "utterance.lab").write_text(LAB)
    (tmp_path / "utterance.csv").write_text(LAB.replace(" ", ","))
    commands = [block for block in blocks("bash") if block.startswith("curl")]
    printed = []
    for command in commands:
        here = command.replace("127.0.0.1:8080", f"127.0.0.1:{service.port}")
        shell = ["sh", "-e", "-c", here]
        done = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, timeout=WAIT_S)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    ping, table, _, text, explained, refused, described = printed
    assert ping.strip() == blocks("json")[0].strip()
    assert table.startswith(blocks("text")[0]) and len(table.splitlines()) == 82
    raised = np.fromfile(tmp_path / "utterance.f0", "<f4")
    assert same(raised, library(LABELS) * 120 / MEDIAN_HZ)
    assert [phone["phone"] for phone in json.loads(text)["phones"]][:3] == ["pau", "cz", "y"]
    relevance = json.loads(explained)["relevance"]
    assert 0 < relevance["frames"] <= 80 and relevance["level"] == "general"
    parts = relevance["relevance"] + relevance["absorbed"] + relevance["gap"]
    assert parts == pytest.approx(relevance["explained"])
    assert json.loads(refused)["status"] == 422
    assert json.loads(described)["openapi"]


def test_the_page_names_every_status_that_is_described(service):
    described = httpx.get(f"{service.url}/openapi.json").json()
    answers = set(described["paths"]["/invocations"]["post"]["responses"]) - {"200"}
    assert set(re.findall(r"^\| (\d{3}) \|", PAGE.read_text(encoding="utf-8"), re.M)) == answers


def test_make_serve_is_what_the_page_says():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^serve:.*\n\t(.*)$", makefile, re.M)[1]
    assert '-m intonation.book.service --model "$(OUT)/model/$(TARGET)" --port $(PORT)' in recipe
    assert _arguments(["--model", "m"]).host == "127.0.0.1"
    assert "make serve OUT=build/default TARGET=semitones PORT=8080" in blocks("bash")[0]


# how it starts and ends


def test_what_cannot_be_served_is_one_line(tmp_path, folder, capsys):
    assert main(["--model", str(tmp_path), "--questions", str(folder / "questions.hed")]) == 1
    assert main(["--model", str(folder), "--labels", "0"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: {tmp_path} holds no config.json of a model")
    assert second == "error: --labels is 0, expected more than 0"


def test_a_broken_model_never_becomes_ready_and_a_kill_leaves_nobody_behind(tmp_path):
    spoilt = save_small_model(tmp_path / "model", spoilt=True)
    live = LiveService(spoilt, tmp_path)
    try:
        live._wait(lambda: "predicts NaN or infinite F0" in live.log)
        found = httpx.get(f"{live.url}/ping")
        assert found.status_code == 503 and found.json()["status"] == "broken"
        assert live.post(LAB).json()["error"] == "the model is broken; see GET /ping"
        below = live.children()
        assert len(below) > 2
    finally:
        live.stop(signal.SIGKILL)
    end = time.monotonic() + WAIT_S
    while (left := {pid for pid in below if _alive(pid)}) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == set()


def _alive(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"multiprocessing" in file.read()
    except OSError:
        return False
