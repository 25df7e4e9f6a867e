"""What benchmarks measured: every table is quoted on a page, from its file."""

import re
from pathlib import Path

import pandas as pd
import pytest

BOOK = Path(__file__).parents[2] / "book"
TABLES = sorted((BOOK / "measured").glob("*.csv"))


def test_pages_quote_every_table_and_no_other():
    pages = [path.read_text(encoding="utf-8") for path in sorted(BOOK.glob("*.md"))]
    quoted = [name for page in pages for name in re.findall(r"^:file: measured/(\S+)$", page, re.M)]
    assert sorted(quoted) == [path.name for path in TABLES]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_row_of_a_table_is_whole(path):
    table = pd.read_csv(path)
    assert len(table) > 0 and not table.columns.str.startswith("Unnamed").any()
    assert not table.duplicated().any()


def test_stages_of_preparation_make_up_the_whole():
    table = pd.read_csv(BOOK / "measured" / "preparation.csv")
    for _, run in table.groupby(["realign", "recordings"]):
        whole, stages = run[run["stage"] == "all"].iloc[0], run[run["stage"] != "all"]
        for column in ("seconds", "processor_s"):
            assert stages[column].sum() == pytest.approx(whole[column], abs=0.4)
        times = 60 * whole["minutes"] / whole["seconds"]
        assert whole["times_real_time"] == pytest.approx(times, rel=0.01)
