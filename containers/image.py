"""Build the image with docker, podman or buildah, whichever works here, and push it to a registry.

    python containers/image.py build --variant cpu
    python containers/image.py push --registry 123456789012.dkr.ecr.eu-central-1.amazonaws.com

With --dry-run the commands are printed and not executed. Where packages come from is the caller's
business: PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_TRUSTED_HOST, PIP_NO_INDEX and TORCH_INDEX are
handed on where they are set, PIP_CONF names a configuration of pip (with a password, perhaps), and
WHEELS a folder of wheels.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILDERS = ("docker", "podman", "buildah")
HANDED_ON = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_NO_INDEX"),
    *("TORCH_INDEX",),
)
NAME = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)*")
VARIANT = re.compile(r"cpu|cuda|cu[0-9]{3}")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
REGISTRY = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)*")
ECR = re.compile(r"[0-9]{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


def works(builder: str) -> bool:
    """Whether a builder is installed and, where it needs a daemon, that runs."""
    try:
        return subprocess.run([builder, "info"], capture_output=True).returncode == 0
    except OSError:
        return False


def find_builder(asked: str) -> str:
    """The builder that was asked for, or the first that works; SystemExit where there is none."""
    found = asked or next(filter(works, BUILDERS), "")
    if not found:
        sys.exit(f"error: none of {', '.join(BUILDERS)} works here; install one, or start docker")
    return found


def build_command(
    builder: str, image: str, variant: str, *, base: str = "", environment: Mapping[str, str]
) -> list[str]:
    """The command that builds `image`:`variant` from the checkout. Values that may be secret are
    not in it: builders read them from the environment."""
    given = [f"--build-arg={name}" for name in HANDED_ON if name in environment]
    if base:
        given.append(f"--build-arg=BASE_IMAGE={base}")
    if environment.get("PIP_CONF"):
        given.append(f"--secret=id=pip.conf,src={environment['PIP_CONF']}")
    if environment.get("WHEELS"):
        given.append(f"--build-context=wheels={environment['WHEELS']}")
    tag = f"--tag={image}:{variant}"
    return [builder, "build", tag, f"--build-arg=VARIANT={variant}", *given, str(ROOT)]


def push_commands(builder: str, local: str, remote: str) -> list[str]:
    """Shell commands that give the image `local` the name `remote` and push it.

    Amazon's registry (ECR) wants a password of the moment, and a repository that exists.
    """
    registry, _, repository = remote.rpartition(":")[0].partition("/")
    region = ECR.fullmatch(registry)
    commands = [
        shlex.join([builder, "tag", local, remote]),
        shlex.join([builder, "push", remote]),
    ]
    if region is None:
        return commands
    aws = f"aws --region {region[1]} ecr"
    return [
        f"{aws} describe-repositories --repository-names {repository} > /dev/null"
        f" || {aws} create-repository --repository-name {repository} > /dev/null",
        f"{aws} get-login-password | {builder} login --username AWS --password-stdin {registry}",
        *commands,
    ]


def _checked(option: str, text: str, pattern: re.Pattern[str], expected: str) -> str:
    if not pattern.fullmatch(text):
        sys.exit(f"error: {option} is {text!r}, expected {expected}")
    return text


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("build", "push"))
    parser.add_argument("--image", default="intonation", help="name (%(default)s)")
    parser.add_argument("--variant", default="cpu", help="cpu, cuda or cu126 (%(default)s)")
    parser.add_argument("--base-image", default="", help="default: that of the Dockerfile")
    parser.add_argument("--builder", default="", help=f"default: what works of {BUILDERS}")
    parser.add_argument("--registry", default="", help="where to push, such as host:5000/team")
    parser.add_argument("--tag", default="", help="in the registry; default: the variant")
    parser.add_argument("--dry-run", action="store_true", help="print the commands")
    return parser.parse_args(given)


def commands(given: argparse.Namespace) -> list[str]:
    """The shell commands of a command line; SystemExit where something is wrong with it."""
    image = _checked("--image", given.image, NAME, "a name such as intonation")
    variant = _checked("--variant", given.variant, VARIANT, "cpu, cuda, or a build such as cu126")
    dry = BUILDERS[0] if given.dry_run and not any(map(works, BUILDERS)) else ""
    builder = find_builder(given.builder or dry)
    if given.what == "build":
        base, environment = given.base_image, os.environ
        return [
            shlex.join(build_command(builder, image, variant, base=base, environment=environment))
        ]
    registry = _checked("--registry", given.registry, REGISTRY, "a host such as host:5000/team")
    tag = _checked("--tag", given.tag or variant, TAG, "letters, digits, '_', '-', '.'")
    return push_commands(builder, f"{image}:{variant}", f"{registry}/{image}:{tag}")


def main(arguments: list[str] | None = None) -> int:
    """Print each command and, unless it is a dry run, execute it; its exit code where it fails."""
    given = _arguments(arguments)
    for command in commands(given):
        print(command, flush=True)
        if given.dry_run:
            continue
        # a pipe fails where its first command does; docker must be asked for its newer builder
        environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
        code = subprocess.run(["bash", "-o", "pipefail", "-c", command], env=environment).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
