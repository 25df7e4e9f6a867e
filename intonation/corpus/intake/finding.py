"""The files below a corpus folder: which are sounds, by content; nothing outside of it is read."""

import hashlib
import os
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from intonation.corpus.intake.names import composed
from intonation.errors import CorpusError

# in this order the first of several recordings of one name is used
AUDIO_SUFFIXES = (".wav", ".flac", ".aiff", ".aif", ".aifc", ".ogg", ".oga", ".opus", ".mp3")
# what phones and browsers write and libsndfile cannot read: listed, not overlooked
UNREADABLE_SUFFIXES = (".m4a", ".aac", ".wma", ".amr", ".mp4", ".webm", ".3gp")
HEAD_BYTES = 12
_MAGIC = {b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b".snd": "AU", b"NIST_1A": "NIST"}
_CONTAINERS = {
    **dict.fromkeys(((b"RIFF", b"WAVE"), (b"RIFX", b"WAVE"), (b"RF64", b"WAVE")), "WAV"),
    **dict.fromkeys(((b"FORM", b"AIFF"), (b"FORM", b"AIFC")), "AIFF"),
}
_MP3_SYNC = (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)  # layer III after 0xFF; UTF-16 begins otherwise


@dataclass(frozen=True)
class File:
    """A file below a corpus folder; name: relative to it, with `/`."""

    name: str
    path: Path

    @cached_property
    def suffix(self) -> str:
        """In lower case; "" for what is no ending, as in `v1.02`."""
        ending = PurePosixPath(self.name).suffix.lower()
        known = ending in AUDIO_SUFFIXES or ending in UNREADABLE_SUFFIXES
        return ending if known or (ending[1:].isalpha() and len(ending) <= 9) else ""

    @cached_property
    def stem(self) -> str:
        """The relative name without its ending, comparable."""
        return composed(self.name[: len(self.name) - len(self.suffix)])

    @property
    def folder(self) -> str:
        """Of the relative name; "" for the corpus folder itself."""
        return self.name.rpartition("/")[0]


def files_below(folder: Path) -> tuple[list[File], list[str]]:
    """All files below a corpus folder in order, and names of links that lead out of it.

    Links are followed to files within the folder only. Passed over are folders whose name begins
    with a dot, what macOS adds to archives, and HTS-demo trees.
    Raises CorpusError where the folder does not exist.
    """
    if not folder.is_dir():
        raise CorpusError(f"corpus folder {folder} does not exist; give CORPUS= an existing folder")
    root, left, files, outside = os.path.realpath(folder), [""], [], []
    while left:
        below = left.pop()
        if os.path.isdir(os.path.join(folder, below, "labels", "full")):
            continue
        with os.scandir(os.path.join(folder, below)) as entries:
            for entry in entries:
                name = f"{below}/{entry.name}" if below else entry.name
                if entry.is_symlink() and not _within(root, entry.path):
                    outside.append(name)
                elif entry.is_file():
                    files.append(File(name, folder / name))
                elif entry.is_dir(follow_symlinks=False) and not _passed_over(entry.name):
                    left.append(name)
    ours = (file for file in files if not PurePosixPath(file.name).name.startswith("._"))
    return sorted(ours, key=lambda file: file.name.split("/")), sorted(outside)


def _within(root: str, path: str) -> bool:
    """Whether a link leads to something that is there, below the root."""
    real = os.path.realpath(path)
    return os.path.exists(real) and os.path.commonpath([root, real]) == root


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def audio_kind(path: Path) -> str:
    """What kind of sound a file holds, by its first bytes; "" for none that is known."""
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if len(head) > 1 and head[0] == 0xFF and head[1] in _MP3_SYNC:
        return "MP3"
    return _CONTAINERS.get((head[:4], head[8:12]), "")


def is_recording(file: File) -> bool:
    """Whether a file is a sound, or is called one."""
    called = file.suffix in AUDIO_SUFFIXES or file.suffix in UNREADABLE_SUFFIXES
    return called or bool(audio_kind(file.path))


def source_stamp(source: str) -> str:
    """Names, sizes and times of everything below a corpus folder; "" for the embedded corpus.

    Raises CorpusError where the folder does not exist.
    """
    if not source:
        return ""
    digest = hashlib.sha256()
    for path in _all_below(Path(source)):
        status = path.lstat()
        digest.update(os.fsencode(path) + f"\t{status.st_size}\t{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _all_below(folder: Path) -> list[Path]:
    """Links and the files of trees, too."""
    if not folder.is_dir():
        raise CorpusError(f"corpus folder {folder} does not exist; give CORPUS= an existing folder")
    return [path for path in sorted(folder.rglob("*")) if path.is_file() or path.is_symlink()]


class Lookup:
    """Finds recordings by how a table may name them: with or without folders and ending."""

    def __init__(self, files: list[File]) -> None:
        self._by_tail: dict[str, list[int]] = defaultdict(list)
        for number, file in enumerate(files):
            parts = file.stem.split("/")
            for start in range(len(parts)):
                self._by_tail["/".join(parts[start:])].append(number)
        self._folders = [file.folder for file in files]

    def find(self, name: str, folder: str = "") -> list[int]:
        """Numbers of the recordings that a table in `folder` means by a name; the nearest."""
        named = File(composed(name.replace("\\", "/").removeprefix("./")), Path())
        stem = named.stem if named.suffix in AUDIO_SUFFIXES else named.name
        found = self._by_tail.get(stem) or self._by_tail.get(stem := named.stem)
        found = found or self._by_tail.get(stem.rpartition("/")[2], [])
        if len(found) > 1:  # as where every book has a table of its own
            exact = self._by_tail.get(f"{folder}/{stem}" if folder else stem, [])
            below = [n for n in found if f"{self._folders[n]}/".startswith(f"{folder}/")]
            found = exact if len(exact) == 1 else (below if folder else found)
        return found
