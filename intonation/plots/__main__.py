"""Command line: `python -m intonation.plots rankings RUN/results/<target> --jobs 2`."""

import argparse
import sys
from pathlib import Path

from intonation.errors import IntonationError
from intonation.plots.rankings import ranking_figures


def main(arguments: list[str] | None = None) -> int:
    """Draw what the arguments ask for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m intonation.plots", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rankings = commands.add_parser("rankings", help="draw every ranking of one target as PNG")
    rankings.add_argument("folder", type=Path, help="RUN/results/<target>")
    rankings.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    options = parser.parse_args(arguments)
    try:
        paths = ranking_figures(options.folder, jobs=options.jobs)
    except IntonationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{len(paths)} figures in {options.folder / 'figures' / 'rankings'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
