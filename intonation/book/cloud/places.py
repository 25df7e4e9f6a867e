"""Where SageMaker puts what a job reads, and takes what it writes.

    places = Places(Path("/opt/ml"))
    places.channel        # the corpus, as the request's channel 'training' brings it

Every path of the contract in one place, below one root, so that the same job runs on a laptop with
a corpus mounted there, and under a test's folder.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from intonation.book.receipts import files_of
from intonation.errors import CorpusError
from intonation.files import replacing

ROOT = Path("/opt/ml")
CHANNEL = "training"


@dataclass(frozen=True)
class Places:
    """Paths of a training or processing job; root: /opt/ml in a container."""

    root: Path = ROOT

    @property
    def hyperparameters(self) -> Path:
        """A JSON object of strings."""
        return self.root / "input" / "config" / "hyperparameters.json"

    @property
    def resources(self) -> Path:
        """Which hosts work on this job, and which of them this one is."""
        return self.root / "input" / "config" / "resourceconfig.json"

    @property
    def channel(self) -> Path:
        """The corpus of a training job."""
        return self.root / "input" / "data" / CHANNEL

    @property
    def checkpoints(self) -> Path:
        """What outlives the machine while a job is not done: copied to S3 as it grows, and back."""
        return self.root / "checkpoints"

    @property
    def model(self) -> Path:
        """What a training job is for; becomes model.tar.gz."""
        return self.root / "model"

    @property
    def failure(self) -> Path:
        """Why a job failed."""
        return self.root / "output" / "failure"

    @property
    def run(self) -> Path:
        """Run folder of the book; ends with the machine."""
        return self.root / "run"

    @property
    def to_process(self) -> Path:
        """The corpus of a processing job."""
        return self.root / "processing" / "input"

    @property
    def trained(self) -> Path:
        """A processing job's copy of what a training job left in `model`, packed or not."""
        return self.root / "processing" / "model"

    @property
    def processed(self) -> Path:
        """What a processing job is for."""
        return self.root / "processing" / "output"


def corpus_at(folder: Path, bringer: str) -> str:
    """The folder's path, if there is any file in it; raises CorpusError.

    bringer: what of the request puts the corpus there, such as "channel 'training'".
    """
    if folder.is_dir() and any(path.is_file() for path in folder.rglob("*")):
        return str(folder.resolve())
    others = sorted(p.name for p in folder.parent.glob("*") if p.is_dir() and p != folder)
    beside = f"; beside it there is {', '.join(others[:5])}" if others else ""
    raise CorpusError(
        f"{folder} {'is empty' if folder.is_dir() else 'does not exist'}{beside}; expected "
        "recordings with their texts, or an HTS-demo tree with data/labels/full; give the request "
        f"a {bringer} whose S3Uri holds them, or mount the corpus there"
    )


def deliver(out: Path, folder: Path, results: list[str]) -> None:
    """Copy results of a run folder into another folder, each file to its place below it.

    So `RunFolder(folder)` finds them. results: files and folders below `out`.
    """
    for path in (path for result in results for path in files_of(out / result)):
        with replacing(folder / path.relative_to(out)) as temporary:
            shutil.copyfile(path, temporary)
