"""Tools from npm, pinned in package.json here and installed into build/check_site at first use."""

import functools
import json
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).with_name("package.json")
FOLDER = ROOT / "build" / "check_site"
LONGEST = 600  # seconds an installation may take


class ToolError(Exception):
    """npm is not there, or could not install."""


@functools.cache
def installed(folder: Path = FOLDER) -> Path:
    """The folder node_modules with what is pinned. Raises ToolError."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / PINS.name
    if (folder / "node_modules").is_dir() and copy.read_bytes() == PINS.read_bytes():
        return folder / "node_modules"
    if not shutil.which("npm"):
        raise ToolError("npm is not installed; install Node.js (Debian: apt-get install npm)")
    copy.unlink(missing_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--no-save"]
    command += [f"{name}@{version}" for name, version in pins().items()]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        raise ToolError(f"npm could not install {', '.join(pins())}:\n{done.stderr}")
    shutil.copyfile(PINS, copy)
    return folder / "node_modules"


def pins() -> dict[str, str]:
    """Versions by package."""
    return json.loads(PINS.read_text(encoding="utf-8"))["dependencies"]


def axe_script() -> str:
    """The source of axe-core."""
    return (installed() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
