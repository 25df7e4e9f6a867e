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
# # 13 · Inspector
#
# **Why is F0 high here?**
#
# Reads: `corpus/`, `model/`, `results/`. Writes: `static/inspector/`. Time: TIME_TAKEN.
#
# Choose an utterance and a level of abstraction, then drag over the contour: the bars show what moved
# the predicted F0 in just that window. Every phone's prediction is explained on its own, so bars of
# a window are sums over its phones.

# %% tags=["parameters"]
run_folder = "build/default"
figures = 12

# %% tags=["hide-input"]
from pathlib import Path

from intonation.book.drawing import Results, choose_utterances
from intonation.book.inspector.data import inspect_utterance
from intonation.book.inspector.widget import Inspector
from intonation.parameters import from_notebook

chosen = from_notebook(globals())
run = Path(run_folder)


# %%
def utterances(target):
    results = Results(run, target)
    ids = sorted(choose_utterances(results.errors.reset_index(), 2 * figures))
    return [inspect_utterance(results.model, results.corpus[i]) for i in ids]


# %% [markdown]
# ## Semitones
#
# In semitones from the speaker's median.

# %%
Inspector(utterances("semitones"), static_dir=run / "static", name="semitones")

# %% [markdown]
# ## Log F0
#
# The published study's target, in ln Hz: voicing is an input, and takes most of the relevance.

# %%
Inspector(utterances("log_f0"), static_dir=run / "static", name="log_f0")

# %% [markdown]
# **What this does not show.** Relevance of a window says what the model used for it. It does not say
# what would happen if the sentence were another one.
#
# **Exercises.** Find a rise before a comma: which level of abstraction explains it best? Then drag over
# the last word of a question.
