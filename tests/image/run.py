"""`make image-test`: builds the image without a daemon, and runs its three commands in it.

    python tests/image/run.py [--keep]

The base image is made of Debian's packages (mmdebstrap) of the release that has this Python; the
image is built on it by buildah, from wheels that this Python's pip gathers, however it is
configured. Then, as the image's user and with a read-only root: the smoke book, a training on the
corpus that it prepared, mounted as a job has it, and the service, asked for one prediction.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER, CONTAINERS = ROOT / "build" / "image", ROOT / "containers"
SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}  # of Debian, by its Python
TOOLS = ("buildah", "mmdebstrap")
BASE, IMAGE = "localhost/intonation-base", "intonation"
BUILT = f"{IMAGE}:cpu"
ENTRYPOINT = "/opt/intonation/containers/entrypoint"
COMPILERS = "cc gcc g++ c++ clang tcc rustc go ld as make cmake pip pip3"
# buildah cannot mount the root read-only; so root does it inside, and becomes the image's user
READ_ONLY = """
mount -o remount,bind,ro / && ! touch /written 2> /dev/null || { echo "root is writable"; exit 1; }
exec setpriv --reuid="$0" --regid="$0" --clear-groups --bounding-set=-all --inh-caps=-all -- "$@"
"""
CORPUS = "/opt/ml/input/data/training"
HYPERPARAMETERS = {"profile": "smoke", "epochs": "2", "dataset_size_limit": "false"}
HYPERPARAMETERS |= {"gpu_count": "0", "cpu_count": "2"}
SAID = "Czy Ala ma kota?"
READY_S = 240


def call(*command: str, quiet: bool = True) -> str:
    """Standard output of a command; ends the test with what it said where it fails."""
    err = subprocess.PIPE if quiet else None
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=err, text=True)
    if done.returncode:
        shown = "\n".join(
            [*done.stdout.splitlines()[-30:], *(done.stderr or "").splitlines()[-30:]]
        )
        sys.exit(f"FAILED ({done.returncode}): {' '.join(command)[:500]}\n{shown}")
    return done.stdout


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    print(f"== {title}", flush=True)
    begun = time.monotonic()
    yield
    print(f"   {time.monotonic() - begun:.0f} s", flush=True)


def say(text: str, lines: int | None = None) -> None:
    """Print the last lines of a text, or all of them, indented."""
    for line in text.splitlines()[-(lines or 0) :]:
        print(textwrap.fill(line, 100, initial_indent="   ", subsequent_indent="   "), flush=True)


def missing() -> str:
    """Why the test cannot run here; "" where it can. Installs Debian's tools where it may."""
    if os.geteuid() != 0:
        return "root is needed, to make a root file system and to enter it"
    if sys.version_info[:2] not in SUITES:
        known = ", ".join(f"{major}.{minor}" for major, minor in SUITES)
        return f"no release of Debian known here has the Python of {sys.executable}; use {known}"
    lacking = [tool for tool in TOOLS if not shutil.which(tool)]
    if lacking and not shutil.which("apt-get"):
        return f"{' and '.join(lacking)} must be installed"
    if lacking:
        call("apt-get", "update", "-qq")
        call("apt-get", "install", "-y", "-qq", "--no-install-recommends", *lacking)
    return ""


def use_own_storage() -> None:
    """Keep the user's containers out of this: images lie in a folder that is removed afterwards."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    storage, conf = FOLDER / "storage", FOLDER / "storage.conf"
    conf.write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{storage}"\nrunroot = "{FOLDER / "state"}"\n'
    )
    os.environ |= {"CONTAINERS_STORAGE_CONF": str(conf), "STORAGE_DRIVER": "vfs"}
    os.environ |= {"BUILDAH_ISOLATION": "chroot"}


def make_base() -> None:
    """A base image from Debian's packages: Python, and what it needs."""
    suite, tar = SUITES[sys.version_info[:2]], FOLDER / "base.tar"
    if not tar.is_file():
        packages = "--include=python3,python3-venv,ca-certificates"
        call("mmdebstrap", "--variant=minbase", packages, suite, str(tar))
    container = call("buildah", "from", "scratch").strip()
    call("buildah", "add", container, str(tar), "/")
    call("buildah", "commit", "--rm", container, BASE)
    say(f"Debian {suite}: {size(BASE)}")


def gather_wheels() -> None:
    """Wheels of all that the image needs, by this Python's pip."""
    asked, wheels = FOLDER / "wanted.txt", FOLDER / "wheels"
    asked.write_text(call(sys.executable, str(CONTAINERS / "pins.py"), "wanted"))
    lock = ("--constraint", str(ROOT / "requirements.lock"), "--requirement", str(asked))
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--find-links", str(wheels))
    call(*pip, *lock, "--wheel-dir", str(wheels))
    found = list(wheels.glob("*.whl"))
    say(f"{len(found)} wheels, {sum(w.stat().st_size for w in found) // 10**6} MB")


def build() -> None:
    """The image, by the command behind `make image`."""
    os.environ |= {"WHEELS": str(FOLDER / "wheels"), "PIP_NO_INDEX": "1"}
    command = (sys.executable, str(CONTAINERS / "image.py"), "build")
    call(*command, "--builder", "buildah", "--base-image", BASE)
    say(f"{BUILT}: {size(BUILT)}")


def push() -> None:
    """What a registry would store of it."""
    folder = FOLDER / "pushed"
    call("buildah", "push", BUILT, f"oci:{folder}:cpu")
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    say(f"compressed: {stored // 10**6} MB")
    shutil.rmtree(folder)


def size(image: str) -> str:
    """Size of an image, uncompressed."""
    return call("buildah", "images", "--format", "{{.Size}}", image).strip()


class Inside:
    """A container of the image: commands run in it as its user, with a read-only root."""

    def __init__(self) -> None:
        self.name = call("buildah", "from", BUILT).strip()
        config = json.loads(call("buildah", "inspect", self.name))["OCIv1"]["config"]
        self.user, self.entrypoint = config["User"], config["Entrypoint"]

    def command(self, *words: str, mounts: dict[str, str] | None = None) -> list[str]:
        """The command that runs words in it; mounts: folders of ours by where they are mounted."""
        volumes = [f"--volume={ours}:{theirs}" for theirs, ours in (mounts or {}).items()]
        return [
            *("buildah", "run", "--user=0", "--cap-add=CAP_SYS_ADMIN", *volumes),
            *("--mount=type=tmpfs,destination=/tmp", self.name, "--"),
            *("sh", "-c", READ_ONLY, self.user, *self.entrypoint, *words),
        ]

    def run(self, *words: str, mounts: dict[str, str] | None = None) -> str:
        """What a command printed."""
        return call(*self.command(*words, mounts=mounts))

    def own(self, name: str) -> str:
        """A new folder that its user may write, to be mounted."""
        folder = FOLDER / "mounted" / name
        folder.mkdir(parents=True)
        os.chown(folder, int(self.user), int(self.user))
        return str(folder)


def look_around(inside: Inside) -> None:
    """No root, no compiler, nothing that was only needed to build, nothing that tells secrets."""
    assert inside.user not in ("", "0", "root"), inside.user
    say(inside.run("id"))
    say(inside.run("python", "--version"))
    script = f"for tool in {COMPILERS}; do command -v $tool; done; true"
    found = inside.run("sh", "-c", script).split()
    assert found == [], f"build tools in the last stage: {found}"
    say(f"none of: {COMPILERS}")
    places = "/opt/intonation /opt/venv/lib/*/site-packages /root /etc /wheels"
    names = (
        "-name tests -path /opt/intonation/tests -o -name .cache -o -name pip.conf -o -name .git"
    )
    found = inside.run("sh", "-c", f"find {places} {names} 2> /dev/null; true").split()
    assert found == [], f"left behind: {found}"


def make_book(inside: Inside) -> str:
    """The smoke book; returns its run folder."""
    out = inside.own("book")
    told = inside.run("book", "--profile", "smoke", mounts={"/opt/ml/run": out})
    say(told, 1)
    assert (Path(out) / "site" / "html" / "index.html").is_file()
    say(f"{len(list(Path(out, 'site', 'html').rglob('*.html')))} pages")
    return out


def train(inside: Inside, corpus: str) -> str:
    """A smoke training as a job does it, from a mounted corpus; returns the folder of its model."""
    config = FOLDER / "mounted" / "config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps(HYPERPARAMETERS))
    mounts = {f"/opt/ml/{name}": inside.own(name) for name in ("model", "output", "checkpoints")}
    mounts |= {"/opt/ml/run": inside.own("run"), "/opt/ml/input/config": f"{config}"}
    told = inside.run("train", mounts={**mounts, CORPUS: f"{corpus}"})
    losses = [line for line in told.splitlines() if line.startswith("LOSS: ")]
    assert losses, told
    say("\n".join(losses))
    model = Path(mounts["/opt/ml/model"])
    say("\n".join(str(p.relative_to(model)) for p in sorted(model.rglob("*.safetensors"))))
    return str(model)


def refuse(inside: Inside) -> None:
    """A job without a corpus ends with 1, and leaves its reason where the job's owner sees it."""
    mounts = {"/opt/ml/output": inside.own("refused"), CORPUS: inside.own("empty")}
    mounts |= {"/opt/ml/run": inside.own("unused")}
    done = subprocess.run(inside.command("train", mounts=mounts), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    say(Path(mounts["/opt/ml/output"], "failure").read_text(encoding="utf-8"))


def serve(inside: Inside, model: str) -> None:
    """The service, asked whether it is ready and for the F0 of a sentence."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    port, log = str(address[1]), FOLDER / "mounted" / "service.log"
    command = inside.command("serve", "--port", port, mounts={"/opt/ml/model": model})
    url, sent = f"http://127.0.0.1:{port}", json.dumps({"text": SAID}).encode()
    with (
        log.open("w") as told,
        subprocess.Popen(command, start_new_session=True, stdout=told, stderr=told) as process,
    ):
        try:
            say(f"GET /ping: {ask(f'{url}/ping', process)}")
            answer = json.loads(ask(f"{url}/invocations", process, sent))
        except AssertionError:
            say(log.read_text(), 20)
            raise
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
    hz = answer["f0_hz"]
    spoken = [one for one in hz if one]
    say(f"POST /invocations {SAID!r}: {len(hz)} frames, {len(spoken)} of them voiced")
    say(f"from {min(spoken):.1f} to {max(spoken):.1f} Hz")


def ask(url: str, process: subprocess.Popen, body: bytes | None = None) -> str:
    """The body of the answer, once the service is ready."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    for _ in range(READY_S):
        assert process.poll() is None, "the service ended"
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read().decode().strip()
        except urllib.error.HTTPError as error:
            assert error.code == 503, error.read()
        except OSError:  # not yet listening
            pass
        time.sleep(1)
    raise AssertionError("the service was not ready in time")


def clean(*, storage: bool) -> None:
    """Remove what was mounted and, with storage, all images, wheels and the base."""
    shutil.rmtree(FOLDER / "mounted", ignore_errors=True)
    if storage and (FOLDER / "storage.conf").is_file():
        subprocess.run(["buildah", "rm", "--all"], capture_output=True)
        subprocess.run(["buildah", "rmi", "--all", "--force"], capture_output=True)
    if storage:
        shutil.rmtree(FOLDER, ignore_errors=True)


def main() -> int:
    """The test; 77 where it cannot run, with the reason."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave base, wheels and images")
    keep = parser.parse_args().keep
    reason = missing()
    if reason:
        print(f"image-test cannot run here: {reason}")
        return 77
    use_own_storage()
    clean(storage=False)
    try:
        _all_steps()
    finally:
        clean(storage=not keep)
    print("image-test: all as expected")
    return 0


def _all_steps() -> None:
    with step("base image, mmdebstrap"):
        make_base()
    with step("wheels, pip"):
        gather_wheels()
    with step("image, buildah"):
        build()
    with step("pushed, to a folder"):
        push()
    inside = Inside()
    with step("what is in it"):
        look_around(inside)
    with step("book --profile smoke, read-only root"):
        run = make_book(inside)
    with step(f"train, corpus at {CORPUS}, read-only root"):
        model = train(inside, f"{run}/corpus")
    with step("train without a corpus"):
        refuse(inside)
    with step("serve that model, read-only root"):
        serve(inside, model)


if __name__ == "__main__":
    sys.exit(main())
