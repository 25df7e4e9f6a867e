"""How a job ends: its exit code, and why it failed, in one paragraph for whoever only sees that."""

import contextlib
import re
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import intonation.errors
from intonation.book.cloud.places import Places
from intonation.book.run_folder import RunFolder
from intonation.errors import ChapterError, IntonationError
from intonation.files import replacing
from intonation.provenance import read_json

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SHOWN_BYTES = 1024  # of a reason, by SageMaker
INTERRUPTED = 143  # as of a process that SIGTERM ended


def do(job: Callable[[], None], places: Places) -> int:
    """Do a job; 0, or 1 after an error with the reason in output/failure, or 143."""
    try:
        places.failure.unlink(missing_ok=True)
        job()
    except KeyboardInterrupt:
        print("interrupted; the same job, started again, continues", file=sys.stderr)
        return INTERRUPTED
    except (IntonationError, OSError) as error:
        return _fail(places, str(error))
    except Exception as error:  # whatever it is, the job must say that it failed
        traceback.print_exc()
        return _fail(places, f"{type(error).__name__}: {error}; this is a fault of the program")
    return 0


def end_gently() -> None:
    """Let SIGTERM, which SageMaker sends two minutes before SIGKILL, interrupt this process."""
    # a shell has its background jobs ignore SIGINT, and what they start would inherit that
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)


def _fail(places: Places, reason: str) -> int:
    print(f"error: {reason}", file=sys.stderr)
    paragraph = " ".join(reason.split()).encode()[:SHOWN_BYTES].decode(errors="ignore")
    with contextlib.suppress(OSError), replacing(places.failure) as temporary:
        temporary.write_text(paragraph, encoding="utf-8")  # on a full disk the log must do
    return 1


def chapter_error(out: Path) -> ChapterError:
    """Of the chapter that was executed last in a run folder, and did not come to its end."""
    begun = RunFolder(out).logs.rglob("*.ipynb")  # of a chapter that succeeds it is moved away
    last = max(begun, key=lambda path: path.stat().st_mtime_ns, default=None)
    if last is None:
        return ChapterError("the book's engine stopped before any chapter; the log says why")
    key = last.relative_to(RunFolder(out).logs).with_suffix("")
    return ChapterError(f"chapter {key}: {_reason(last)}")


def _reason(notebook: Path) -> str:
    """Ours are for users as they are; others are told with their kind."""
    outputs = [one for cell in _cells(notebook) for one in cell.get("outputs", ())]
    errors = [one for one in outputs if one.get("output_type") == "error"]
    if not errors:
        return (
            "its process ended without a word; probably memory was short: lower batch_size or "
            "cpu_count, or take a larger instance"
        )
    kind, told = errors[-1].get("ename", ""), COLOURS.sub("", errors[-1].get("evalue", ""))
    known = getattr(intonation.errors, kind, None)
    ours = isinstance(known, type) and issubclass(known, IntonationError)
    return told if ours else f"{kind}: {told}"


def _cells(notebook: Path) -> list[dict]:
    return read_json(notebook).get("cells", [])
