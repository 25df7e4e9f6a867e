"""JupyterLab in a process of its own, on a free port, with settings of its own."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
WAIT_S = 120  # for a slow machine
FOLDERS = (
    *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"),
    *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"),
)
OPTIONS = (
    *("--no-browser", "--ServerApp.ip=127.0.0.1", "--allow-root"),
    "--LabApp.extension_manager=readonly",
)
# Nothing of it is to ask the network, or the reader whether it may.
QUIET = ("notification", {"fetchNews": "false", "checkForUpdates": False})


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class LiveLab:
    """`jupyter lab` on a folder of notebooks; what it writes for itself goes to `own`.

    Its kernels import this checkout. `stop` ends it and every kernel.
    """

    def __init__(self, notebooks, own):
        self.token, self._own = secrets.token_hex(16), own
        own_folders = {name: str(own / name.lower()) for name in FOLDERS}
        told = {"IdentityProvider.token": self.token, "ServerApp.root_dir": notebooks}
        settings = own / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / f"{QUIET[0]}.jupyterlab-settings").write_text(json.dumps(QUIET[1]))
        options = [f"--{name}={value}" for name, value in told.items()]
        options.append(f"--ServerApp.port={free_port()}")
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *OPTIONS, *options],
                env={**os.environ, **own_folders, "PYTHONPATH": str(ROOT)},
                **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log},
            )

    @property
    def _log(self):
        return self._own / "lab.log"

    def ready(self):
        """The server's address, once it listens."""
        told = self._own / "jupyter_runtime_dir" / f"jpserver-{self.process.pid}.json"
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end and self.process.poll() is None:
            # the file may be half written
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                return json.loads(told.read_text())["url"]
            time.sleep(0.1)
        raise AssertionError(f"JupyterLab did not come up:\n{self._log.read_text()}")

    def stop(self):
        """Returns once neither the server nor anything below it is left."""
        below = []
        if self.process.poll() is None:
            below = psutil.Process(self.process.pid).children(recursive=True)
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        for process in below:  # kernels lead process groups of their own
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.kill()
        psutil.wait_procs(below, WAIT_S)
        self.process.wait(WAIT_S)
