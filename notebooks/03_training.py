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
# # 3 · Training
#
# **Can a network learn F0 from linguistic features alone?**
#
# Reads: `corpus/`, `features/`. Writes: `model/<target>/`. Time: TIME_TAKEN.
#
# This is the one chapter that is worth a GPU: `device = "auto"` takes one where there is one.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
epochs = 10
learning_rate = 0.001
num_layers = 6
hidden_size = 64
dropout = 0.2
input_dropout = 0.5
batch_size = 8
cpu_count = 1
seed = 1
device = "auto"
stacks = 2
kernel_size = 2
causal = True
weight_decay = 0.0
patience = 5
min_delta = 0.001

# %% tags=["hide-input"]
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from intonation import plots
from intonation.corpus.corpus import open_corpus
from intonation.corpus.features import load_features
from intonation.model.target import TARGETS
from intonation.model.training import train
from intonation.parameters import from_notebook
from IPython.display import Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)

# %% [markdown]
# ## The network
#
# A temporal convolutional network {cite:p}`bai2018`, as in the study: residual blocks with
# growing dilations, each with two convolutions, batch norm, ReLU and dropout; the sum of all skip
# connections goes through two dense layers. Its first layer is computed once per phone and then
# copied to the phone's frames, which gives the same numbers as working frame by frame.

# %% tags=["remove-output"]
corpus, features = (
    open_corpus(run / "corpus"),
    load_features(run / "features" / "features.npz"),
)
model, history = train(corpus, features, chosen, run / "model" / target)

# %% tags=["hide-input"]
numbers = sum(parameter.numel() for parameter in model.parameters())
reach = model.config.receptive_field
display(
    Markdown(
        f"{numbers:,} weights; one output frame sees {reach} frames ({reach * 5} ms)"
        f"{' up to its own' if model.config.causal else ' around it'}, and through the labels the whole "
        "sentence."
    )
)

# %% [markdown]
# ## The parameters

# %% tags=["hide-input"]
pd.Series(asdict(chosen), name="value").rename_axis("parameter").astype(
    str
).to_frame()

# %% [markdown]
# ## The loss
#
# Mean squared error: over voiced frames in squared semitones for `semitones`, over all frames in
# squared ln Hz (0 where unvoiced) for `log_f0`. The weights of the best validation epoch are kept.

# %%
plots.loss_curve(history, unit=TARGETS[target].squared_unit)

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
best = history.loc[history["validation_loss"].idxmin()]
display(
    Markdown(
        f"{len(history)} epochs; the lowest validation loss, {best['validation_loss']:.4f}, came in epoch "
        f"{best['epoch']:.0f}, with a training loss of {best['train_loss']:.4f}."
    )
)

# %% [markdown]
# **What this does not show.** One seed. Another one gives other weights, and may give another
# ranking of features.
#
# **Exercises.** Train with `dropout = 0` and compare the distance between the curves. Halve
# `num_layers`: how much of the past does the network need when the labels already look around?
