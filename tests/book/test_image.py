"""The image without building it: what its Dockerfile, entry point and commands say.

`make image-test` builds it and runs it.
"""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib

import pytest

from intonation.book.cloud.places import CHANNEL, Places
from intonation.book.dependencies import ROOT

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
BUILD_TOOLS = re.compile(r"\b(apt|apt-get|apk|dnf|pip3?|gcc|g\+\+|cc|make|cmake|build-essential)\b")


def module(name, path):
    """A script that is no part of the package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


pins, image = module("pins", "containers/pins.py"), module("image", "containers/image.py")


@pytest.fixture(scope="module")
def stages():
    """Instructions of the Dockerfile: those before the first stage, then those of each stage."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.M)
    lines = text.replace("\\\n", " ").splitlines()
    found = [[]]
    for line in filter(None, map(str.strip, lines)):
        if line.startswith("FROM "):
            found.append([])
        found[-1].append(line)
    return found


def of_kind(stage, kind):
    """What follows an instruction's name, for all of that kind."""
    return [line.partition(" ")[2].strip() for line in stage if line.startswith(f"{kind} ")]


def test_every_stage_stands_on_the_base_that_was_chosen(stages):
    assert of_kind(stages[0], "ARG") == ["BASE_IMAGE=python:3.11-slim-bookworm"]
    bases = [of_kind(stage, "FROM") for stage in stages[1:]]
    assert bases == [["scratch AS wheels"], ["${BASE_IMAGE} AS build"], ["${BASE_IMAGE}"]]


def test_the_base_that_is_chosen_by_default_has_a_python_that_is_allowed(stages):
    major, minor = re.search(r"python:(\d+)\.(\d+)-slim", stages[0][0]).groups()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={major}.{minor}"


def test_versions_come_from_the_lock_alone(stages):
    (install,) = [run for run in of_kind(stages[2], "RUN") if "pip install" in run]
    assert "--constraint requirements.lock" in install
    steps = [step.strip() for step in install.split(";")]
    removed, checked = (
        next(number for number, step in enumerate(steps) if part in step)
        for part in ("pip uninstall", "pins.py check")
    )
    assert removed < checked, "what is checked is what stays"
    assert "==" not in " ".join(line for stage in stages for line in stage)


def test_the_last_stage_has_nothing_to_build_with(stages):
    assert [line for line in stages[3] if BUILD_TOOLS.search(line)] == []
    assert of_kind(stages[3], "COPY") == [
        "--from=build /opt/venv /opt/venv",
        "--from=build /opt/intonation /opt/intonation",
    ]


def test_the_last_stage_is_not_root_and_keeps_no_secret(stages):
    assert of_kind(stages[3], "USER") == ["${UID}"]
    assert of_kind(stages[3], "ARG") == ["UID=1000"]
    for stage in stages:
        for line in of_kind(stage, "ENV") + of_kind(stage, "ARG"):
            assert not re.search(r"password|token|secret|aws_|://[^ ]*@", line, flags=re.I), line
    secrets = re.findall(r"--mount=type=secret,\S+", " ".join(stages[2]))
    assert secrets == ["--mount=type=secret,id=pip.conf,target=/etc/pip.conf"]


def test_its_environment_is_that_of_make(stages):
    (text,) = of_kind(stages[3], "ENV")
    environment = dict(one.split("=", 1) for one in shlex.split(text))
    exported = re.findall(r"^export (\w+) = (\w+)$", (ROOT / "Makefile").read_text(), flags=re.M)
    assert len(exported) >= 2
    assert dict(exported).items() <= environment.items()
    assert environment["HOME"] == "/tmp", "the rest may be mounted read-only"


def test_nothing_gets_in_that_is_not_named():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    everything, *others = [line for line in lines if line and not line.startswith("#")]
    assert everything == "*"
    named = {line[1:] for line in others if line.startswith("!")}
    assert {name for name in named if not (ROOT / name).exists()} == set()
    assert {"build", "tests", "shared", ".git", ".venv", "benchmarks"} & named == set()
    assert not any(set(name) & set("*?[/") for name in named)
    assert {"Snakefile", "_config.yml", "_toc.yml", "book", "intonation", "notebooks"} <= named
    assert [line for line in others if line[0] != "!"] == [
        "**/__pycache__",
        "**/.ipynb_checkpoints",
    ]


def test_the_image_wants_what_the_package_and_its_service_need():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    found = pins.wanted(project)
    assert set(found) == {*project["dependencies"], *optional["serve"]}
    assert not set(found) & {*optional["test"], *optional["lab"]}
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert pins.unlocked([one.split("==") for one in found], lock, gpu=False) == []


def test_what_is_not_as_locked_is_named():
    lock = "torch==2.13.0\nPyYAML==6.0.4\n"
    fine = [("torch", "2.13.0+cpu"), ("pyyaml", "6.0.4")]
    assert pins.unlocked(fine, lock, gpu=False) == []
    gpu = [*fine, ("nvidia-cublas", "13.1"), ("triton", "3.9")]
    assert pins.unlocked(gpu, lock, gpu=True) == []
    assert pins.unlocked(gpu, lock, gpu=False) == [
        "nvidia-cublas 13.1 (locked: None)",
        "triton 3.9 (locked: None)",
    ]
    other = [("torch", "2.14.0"), ("pip", "26.0")]
    assert pins.unlocked(other, lock, gpu=True) == [
        "pip 26.0 (locked: None)",
        "torch 2.14.0 (locked: 2.13.0)",
    ]


@pytest.fixture
def called(tmp_path):
    """A way to call the image's entry point with a python that only tells its arguments."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    python.chmod(0o755)
    for name in ("train", "serve", "book"):
        (python.parent / name).symlink_to(ROOT / "containers" / "entrypoint")

    def call(*words, by=str(ROOT / "containers" / "entrypoint")):
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "ML_ROOT": str(tmp_path / "ml")}
        return subprocess.run([by, *words], capture_output=True, text=True, env=environment)

    return call


def put_model(folder):
    """What the entry point knows a model by."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return str(folder)


def told(done):
    """Arguments that python was called with."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_train_is_a_training_job(called, tmp_path):
    expected = ["-m", "intonation.book.cloud.train", "--root", str(tmp_path / "ml")]
    assert told(called("train")) == expected
    assert told(called(by="train")) == expected, "by its name on PATH"


def test_serve_finds_what_a_training_job_left(called, tmp_path):
    model = put_model(Places(tmp_path / "ml").model / "model" / "semitones")
    service = ["-m", "intonation.book.service", "--host", "0.0.0.0"]
    assert told(called("serve")) == [*service, "--model", model]
    more = ("--port", "9000", "--workers", "1")
    assert told(called(*more, by="serve")) == [*service, "--model", model, *more]


@pytest.mark.parametrize("option", [("--model", "/other"), ("--model=/other",)])
def test_serve_serves_what_it_is_told_to(called, option):
    service = ["-m", "intonation.book.service", "--host", "0.0.0.0"]
    assert told(called("serve", *option)) == [*service, *option]


def test_serve_takes_a_model_folder_itself(called, tmp_path):
    model = put_model(Places(tmp_path / "ml").model)
    assert told(called("serve"))[-2:] == ["--model", model]


@pytest.mark.parametrize("targets", [(), ("log_f0", "semitones")])
def test_serve_wants_one_model(called, tmp_path, targets):
    folder = Places(tmp_path / "ml").model
    for target in targets:
        put_model(folder / "model" / target)
    done = called("serve")
    assert done.returncode == 1
    assert f"{folder} holds {len(targets)} models, expected one" in done.stderr


def test_book_is_the_book_or_a_processing_job(called, tmp_path):
    places = Places(tmp_path / "ml")
    options = ("--profile", "smoke", "--set", "epochs=1")
    expected = ["-m", "intonation.book", "--out", str(places.run), *options]
    assert told(called("book", *options)) == expected
    places.to_process.mkdir(parents=True)
    expected = ["-m", "intonation.book.cloud.report", "--root", str(places.root), *options]
    assert told(called(*options, by="book")) == expected


def test_anything_else_is_executed(called):
    done = called("sh", "-c", 'echo "$1"; exit 3', "sh", "two words")
    assert (done.stdout, done.returncode) == ("two words\n", 3)
    assert called("no-such-command").returncode == 127
    done = called()
    assert done.returncode == 2 and done.stderr.startswith("usage: train | serve")


@pytest.mark.parametrize("name", ["train", "serve", "book"])
def test_commands_stand_on_path(stages, name):
    (run,) = of_kind(stages[3], "RUN")
    (names,) = re.findall(r"for name in ([a-z ]+);", run)
    assert name in names.split()
    assert 'ln -s /opt/intonation/containers/entrypoint "/usr/local/bin/$name"' in run


def make(target, **variables):
    """A make target with these variables, as a dry run."""
    given = [f"{name}={value}" for name, value in variables.items()]
    tools = (f"PYTHON={sys.executable}", "BUILDER=docker", "DRY_RUN=1")
    command = ["make", "--silent", "-C", str(ROOT), target, *tools, *given]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_dry_push_tells_every_command():
    done = make("image-push", REGISTRY="host:5000/team", TAG="1.0", VARIANT="cuda")
    assert done.stdout.splitlines() == [
        "docker tag intonation:cuda host:5000/team/intonation:1.0",
        "docker push host:5000/team/intonation:1.0",
    ]


def test_a_push_to_ecr_logs_in_and_makes_the_repository():
    done = make("image-push", REGISTRY=ECR, IMAGE="team/intonation")
    aws = "aws --region eu-central-1 ecr"
    assert done.stdout.splitlines() == [
        f"{aws} describe-repositories --repository-names team/intonation > /dev/null || "
        f"{aws} create-repository --repository-name team/intonation > /dev/null",
        f"{aws} get-login-password | docker login --username AWS --password-stdin {ECR}",
        f"docker tag team/intonation:cpu {ECR}/team/intonation:cpu",
        f"docker push {ECR}/team/intonation:cpu",
    ]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"REGISTRY": "host; rm -rf x"},
        {"REGISTRY": "https://host"},
        {"REGISTRY": "host", "TAG": "a b"},
        {"REGISTRY": "host", "IMAGE": "Upper"},
        {"REGISTRY": "host", "VARIANT": "gpu"},
    ],
)
def test_a_wrong_name_is_refused(variables):
    done = make("image-push", **variables)
    assert done.returncode != 0 and done.stdout == ""
    assert re.match(r"error: --\w+ is '.*', expected ", done.stderr)


def test_a_build_hands_on_where_packages_come_from_and_no_secret():
    environment = {
        "PIP_INDEX_URL": "https://user:password@host/simple",
        "PIP_CONF": "/home/me/pip.conf",
        "WHEELS": "wheels",
        "HOME": "/home/me",
    }
    command = image.build_command(
        "podman", "intonation", "cu126", base="debian", environment=environment
    )
    assert command == [
        *("podman", "build", "--tag=intonation:cu126", "--build-arg=VARIANT=cu126"),
        *("--build-arg=PIP_INDEX_URL", "--build-arg=BASE_IMAGE=debian"),
        "--secret=id=pip.conf,src=/home/me/pip.conf",
        *("--build-context=wheels=wheels", str(ROOT)),
    ]


def test_what_a_build_hands_on_is_asked_for(stages):
    declared = {
        name for line in of_kind(stages[2], "ARG") for name in re.findall("[A-Z_]{3,}", line)
    }
    assert set(image.HANDED_ON) | {"VARIANT"} <= declared


def test_the_builder_is_one_that_works(monkeypatch, tmp_path):
    for name, code in {"docker": 1, "buildah": 0}.items():  # docker without its daemon
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert image.find_builder("") == "buildah"
    (tmp_path / "buildah").unlink()
    with pytest.raises(SystemExit, match="none of docker, podman, buildah works here"):
        image.find_builder("")


def test_the_page_mounts_what_a_job_reads_and_writes():
    page = (ROOT / "book" / "cloud.md").read_text("utf-8")
    section = page.partition("## The image\n")[2].partition("\n## ")[0]
    mounted = set(re.findall(r"--volume \S+?:(/opt/ml/[a-z/]+)", section))
    places = Places()
    assert places.channel.name == CHANNEL
    expected = (places.channel, places.hyperparameters.parent, places.model, places.run)
    assert {str(path) for path in expected} <= mounted
    for flag in ("--read-only", "--tmpfs /tmp", "--shm-size", "--gpus all"):
        assert flag in section
