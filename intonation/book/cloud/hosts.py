"""Which hosts work on a job together, and what they must know to find each other.

    hosts = read_hosts(Path("/opt/ml/input/config/resourceconfig.json"))
    subprocess.run(["torchrun", *hosts.options(), …], env={**os.environ, **hosts.environment()})

Every host of a job gets the same file, but for its own name. The first by name is the one that the
others call, and the only one that writes the model.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intonation.book.cloud.hyperparameters import read_object
from intonation.errors import ParameterError

PORT = 29_500  # of torch.distributed, unless told otherwise
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})")


@dataclass(frozen=True)
class Hosts:
    """The hosts of a job in the order of their ranks; own: rank of this one."""

    names: tuple[str, ...] = ("localhost",)
    own: int = 0
    interface: str = ""

    @property
    def several(self) -> bool:
        """Whether there are others."""
        return len(self.names) > 1

    def options(self) -> list[str]:
        """Of torchrun on this host, which tells its processes what torch.distributed asks for:
        MASTER_ADDR, MASTER_PORT, and from these numbers RANK and WORLD_SIZE."""
        return [
            *("--nnodes", str(len(self.names)), "--node-rank", str(self.own)),
            *("--master-addr", self.names[0], "--master-port", str(PORT)),
        ]

    def environment(self) -> dict[str, str]:
        """Through which network the processes of several hosts talk."""
        backends = ("NCCL", "GLOO") if self.interface and self.several else ()
        return {f"{backend}_SOCKET_IFNAME": self.interface for backend in backends}


def read_hosts(path: Path) -> Hosts:
    """Read resourceconfig.json; without that file, this host is alone.

    Raises ParameterError where the file does not tell which hosts there are and which is this one.
    """
    if not path.is_file():
        return Hosts()
    given = read_object(path)
    names = given.get("hosts")
    if not isinstance(names, list) or not names or not all(map(_is_name, names)):
        raise _wrong(path, "hosts", names, "a list of host names")
    if len(set(names)) < len(names):
        raise _wrong(path, "hosts", names, "names that differ")
    current = given.get("current_host")
    if current not in names:
        raise _wrong(path, "current_host", current, f"one of {', '.join(names)[:100]}")
    interface = given.get("network_interface_name", "")
    if interface != "" and not _is_name(interface):
        raise _wrong(path, "network_interface_name", interface, "a name such as eth0")
    ordered = sorted(names)  # as each of them can tell for itself, however they are listed
    return Hosts(tuple(ordered), ordered.index(current), interface)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _wrong(path: Path, name: str, found: Any, expected: str) -> ParameterError:
    return ParameterError(
        f"{path}: {name} is {repr(found)[:100]}, expected {expected}; SageMaker writes this file, "
        "on a machine of your own leave it out"
    )
