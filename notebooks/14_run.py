# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 14 · About this run
#
# **What exactly was run?**
#
# Reads: `run.json`. Writes nothing. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd
from intonation.book.record import read_run_record, versions_table
from IPython.display import Markdown, display

record = read_run_record(Path(run_folder))

# %% tags=["hide-input"]
corpus, machine = record["corpus"], record["machine"]
display(
    Markdown(
        f"Profile `{record['profile']}` on {machine['cores']} cores ({machine['system']}, "
        f"{machine['processor']}). Corpus: {corpus['source']}; {corpus['utterances']} utterances of "
        f"{corpus['speakers']} speaker(s), {corpus['minutes']} minutes, {corpus['excluded']} excluded."
    )
)

# %% [markdown]
# ## Time of every chapter

# %% tags=["hide-input"]
seconds = (
    pd.Series(record["seconds"], name="seconds")
    .rename_axis("chapter")
    .to_frame()
)
seconds

# %% [markdown]
# ## Parameters

# %% tags=["hide-input"]
pd.Series(record["parameters"], name="value").rename_axis("parameter").astype(
    str
).to_frame()

# %% [markdown]
# ## Versions

# %% tags=["hide-input"]
versions_table(record).style.hide()
