"""Snakemake with one progress bar for the whole book, and with nothing else to read.

    python -m intonation.book.progress --directory DIR …     (options of snakemake)

A logger plugin of Snakemake's: its events move the bar, and what went wrong in a chapter is read
from the chapter's log. It ends with whoever started it: when its standard input is closed, also
because that process was killed, it interrupts itself and the chapters in its process group.
"""

import errno
import logging
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from snakemake import cli
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry
from tqdm import tqdm

NAME = "book"
NO_SPACE, FIX = os.strerror(errno.ENOSPC), "free some space"
LEAST_BYTES = 64 * 1024
# rules and the sum of all
NO_CHAPTERS = (
    "book",
    "prepare_shard",
    "explain_shard",
    "run_record",
    "card",
    "site",
    "crate",
    "total",
)


class LogHandler(LogHandlerBase):
    """Draws the bar, and hands on errors that are no chapter's."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.bar, self.chapters = None, set()  # job ids
        self.full = False  # the disk

    def emit(self, record: logging.LogRecord) -> None:
        """One event of Snakemake's."""
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            jobs = {rule: n for rule, n in record.stats.items() if rule not in NO_CHAPTERS}
            self.bar = tqdm(total=sum(jobs.values()), desc="book", unit="chapter")
        elif event == LogEvent.JOB_INFO and record.log:
            self.bar.set_postfix_str(key_of(record))
            if record.rule_name not in NO_CHAPTERS:
                self.chapters.add(record.jobid)
        elif event == LogEvent.JOB_FINISHED and record.job_id in self.chapters:
            self.bar.update()
        elif event == LogEvent.JOB_ERROR:
            self._tell(reason(key_of(record), Path(record.log[0])))
        elif event == LogEvent.ERROR or (event is None and record.levelno >= logging.ERROR):
            self._tell(record.getMessage())

    def _tell(self, message: str) -> None:
        """Tell an error; after a full disk no other: what fails then fails because of it."""
        if self.full:
            return
        self.full = NO_SPACE in message or shutil.disk_usage(".").free < LEAST_BYTES
        if self.full and FIX not in message:
            message = f"{NO_SPACE}: {Path.cwd()}; {FIX}, then run again"
        tqdm.write(f"error: {message}", file=sys.stderr)

    def close(self) -> None:
        """End the bar's line."""
        if self.bar is not None:
            self.bar.close()
        super().close()


def key_of(record: logging.LogRecord) -> str:
    """Which chapter a job executes; the rule's name where it is none."""
    return record.log[0].removeprefix("logs/").removesuffix(".log")


def reason(key: str, log: Path) -> str:
    """The error that a command told its log, see `exit_code`."""
    printed = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    _, _, message = f"\n{printed}".partition("\nerror: ")
    return message.strip() or f"{key} did not finish; what it printed is in {log.resolve()}"


def _end_with_the_parent() -> None:
    while os.read(0, 1):
        pass
    os.killpg(os.getpgid(0), signal.SIGINT)


def main() -> None:
    """Snakemake's own command line, with our plugin."""
    if os.getpgid(0) == os.getpid():  # else the interrupt would reach whoever called us
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
    logging.raiseExceptions = False  # Snakemake's own log file need not have room
    registry = LoggerPluginRegistry()
    registry.register_plugin(f"{registry.module_prefix}{NAME}", sys.modules[__name__])
    cli.main([*sys.argv[1:], "--logger", NAME])


if __name__ == "__main__":
    main()
