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
# # 20 · About this run
#
# **What exactly was run?**
#
# Reads: `run.json`. Writes nothing. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"

# %%
import pandas as pd
from intonation.book.prose import say
from intonation.book.record import (
    chapter_name,
    read_run_record,
    versions_table,
)
from intonation.parameters import parameters_table
from intonation.plots import counted

record = read_run_record(run_folder)

# %% tags=["hide-input"]
corpus, machine = record["corpus"], record["machine"]
say(f"""Profile `{record["profile"]}` on {machine["cores"]} cores ({machine["system"]},
{machine["processor"]}). Corpus: {corpus["source"]}; {counted(corpus["utterances"], "utterance")} of
{counted(corpus["speakers"], "speaker")}, {corpus["minutes"]} minutes; {corpus["excluded"] or "none"}
could not be used.""")

# %% [markdown]
# ## Time of every chapter

# %%
seconds = pd.Series(record["seconds"], name="seconds")
seconds = seconds.rename(index=chapter_name).rename_axis("chapter")
order = seconds.index.str.partition(" ").get_level_values(0).astype(int)
seconds.iloc[order.argsort(kind="stable")].to_frame().style.format("{:.0f}")

# %% [markdown]
# ## Parameters
#
# Of this run, and of each profile, with what is allowed and what they mean. `make book
# SET="name=value"` changes one.

# %%
values = pd.Series(record["parameters"], name="this run").astype(str)
table = parameters_table()
table.insert(0, "this run", values.reindex(table.index).fillna("both"))
table["this run"] = table["this run"].replace(
    {"True": "true", "False": "false"}
)
table.style.set_properties(subset="meaning", **{"text-align": "left"}).format(
    escape="html"
)

# %% [markdown]
# ## Versions

# %%
versions_table(record).style.hide().format(escape="html")
