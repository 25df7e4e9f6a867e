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
# # 2 · Labels, questions, features
#
# **What is the network told about a sentence?**
#
# Reads: `corpus/`. Writes: `features/features.npz`, `features/questions.csv`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd
from IPython.display import Markdown, display

from intonation import plots
from intonation.corpus import open_corpus
from intonation.features import build_features, save_features
from intonation.files import write_csv
from intonation.taxonomy import FIELDS, LEVELS

run = Path(run_folder)
corpus = open_corpus(run / "corpus")

# %% [markdown]
# ## A full-context label
#
# One line per phone: the phone with two neighbours on each side, then what is known of its syllable,
# word, phrase and utterance [the HTS label format, {cite:p}`zen2007`].

# %%
example = corpus[corpus.ids("test")[0]]
middle = len(example.labels.texts) // 2
print(example.text)
print(example.labels.texts[middle])

# %% [markdown]
# Its fields, named as in the label format:

# %% tags=["hide-input"]
pd.DataFrame(
    [
        {
            "field": f.name,
            "meaning": f"{f.meaning} {f.context}".strip(),
            "level": f.level,
            "relation": f.relation,
            "value": example.labels.fields(f.name)[middle],
        }
        for f in FIELDS.values()
    ]
).style.hide().set_table_attributes('class="table scroll-table"')

# %% [markdown]
# ## Questions
#
# A question is a set of patterns over the label; each question gives one binary feature.

# %% tags=["remove-output"]
questions = corpus.questions
features = build_features(corpus)
save_features(run / "features" / "features.npz", features)

# %% tags=["hide-input"]
share = features.share_true()
table = pd.DataFrame(
    {"question": features.questions, "share_of_phones": share.round(5)}
)
write_csv(run / "features" / "questions.csv", table)
constant = int(((share == 0) | (share == 1)).sum())
display(
    Markdown(
        f"**{len(table)}** questions; a phone answers yes to "
        f"**{share.sum():.0f}** of them on average. {constant} are answered alike for every phone of this corpus: "
        "they carry nothing here, and their relevance can only repeat that of a bias."
    )
)

# %% [markdown]
# The answers of one utterance, banded by what the questions ask about:

# %%
symbols = [phone.text for phone in example.phones]
plots.label_figure(
    example.answers,
    questions.groups("general"),
    symbols,
    title=f"Answers for: {example.text}",
)

# %% [markdown]
# ## Levels of abstraction
#
# Relevance of single questions is too fine to read. The study groups them at fifteen levels; the
# group of a question follows from the label field that its patterns read.

# %% tags=["hide-input"]
pd.DataFrame(
    [
        {
            "level": level.number,
            "name": level.title,
            "groups": len(questions.groups(level.slug)),
            "questions": sum(
                len(group) for group in questions.groups(level.slug).values()
            ),
        }
        for level in LEVELS
    ]
).style.hide()

# %%
pd.Series(
    {name: len(group) for name, group in questions.groups("general").items()},
    name="questions",
).to_frame()

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
phones = len(features.packed)
dense = corpus.table["frames"].sum() * len(features.questions) * 4
display(
    Markdown(
        f"Features only change at phone boundaries, so {phones} rows are stored instead of "
        f"{corpus.table['frames'].sum()} frames: {features.packed.nbytes / 1e6:.1f} MB of bits, where a dense "
        f"matrix of frames in 32-bit floats would take {dense / 1e9:.1f} GB."
    )
)

# %% [markdown]
# **What this does not show.** Many questions are nested (*at most 3* follows from *at most 2*) and
# many groups move together; a network may share relevance among them in any way that fits.
#
# **Exercises.** Which field has the most questions, and should a ranking by group sum or by group
# mean be believed for it? Write a question of your own into the corpus' `.hed` file, run this
# chapter again and find its column.
