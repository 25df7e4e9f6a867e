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
from intonation.book.drawing import Results, choose_utterances
from intonation.book.inspector.data import inspect_utterance
from intonation.book.inspector.widget import Inspector
from intonation.book.prose import say
from intonation.book.run_folder import RunFolder
from intonation.parameters import from_notebook

chosen = from_notebook(globals())
run = RunFolder(run_folder)

# %% [markdown]
# Twice as many utterances as the book draws, from the best predicted to the worst one:

# %%
inspected = {}
for target in ("semitones", "log_f0"):
    done = Results(run, target)
    shown = choose_utterances(done.errors.reset_index(), 2 * figures)
    inspected[target] = [
        inspect_utterance(done.model, done.corpus[name])
        for name in sorted(shown)
    ]

# %% [markdown]
# ## Semitones
#
# In semitones from the speaker's median.

# %%
semitones = Inspector(
    inspected["semitones"], static_dir=run.static, name="semitones"
)
semitones

# %% [markdown]
# In Jupyter the widget tells what you have chosen, and does what it is told. On a page, where no
# Python runs, the reader alone chooses.

# %%
first = inspected["semitones"][0]
words = first["words"] or first["phones"]
start, end, word = words[-1]
semitones.level, semitones.window = "linguistic_levels", [start, end]
say(f"""The window lies over the last word of `{semitones.selected}`, *{word}*, from
{semitones.window[0]:.2f} to {semitones.window[1]:.2f} s; the bars are of the level
`{semitones.level}`.""")

# %% [markdown]
# ## Log F0
#
# The published study's target, in ln Hz: voicing is an input, and takes most of the relevance.

# %%
Inspector(inspected["log_f0"], static_dir=run.static, name="log_f0")

# %% [markdown]
# **What this does not show.** Relevance of a window says what the model used for it. It does not say
# what would happen if the sentence were another one.
#
# **Exercises.**
#
# 1. Drag over the last word of a question, or set `selected` and `window` of the widget from Python:
#    which group of the level `general` has the longest bar? Does `explain(model, utterance, frames=…)`
#    of the same frames, grouped by `group_matrix`, name the same one?
# 2. Find a rise before a comma: which level of abstraction explains it best? Which levels' bars add up,
#    with what the biases absorbed, to the predicted F0 (`complete` in `levels` of `inspect_utterance`)?
