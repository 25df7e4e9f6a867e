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
# This is the one chapter that is worth a GPU: `device = "auto"` takes one where there is one,
# and `devices` lets several train together.

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
devices = 1
nodes = 1
precision = "32"
compile = False
stacks = 2
kernel_size = 2
causal = True
weight_decay = 0.0
group_penalty = 0.0
patience = 5
min_delta = 0.001

# %% tags=["hide-input"]
from dataclasses import replace
from inspect import getsource
from textwrap import dedent

import pandas as pd
import torch
from intonation import open_corpus, plots
from intonation.book.prose import say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.labels.words import in_words
from intonation.model.batches import inputs_of, make_batch
from intonation.model.learning import F0Training
from intonation.model.network import F0Model, ResidualBlock
from intonation.model.prediction import predict
from intonation.model.sparse.choice import curves_of
from intonation.model.sparse.curves import hold
from intonation.model.target import TARGETS
from intonation.model.training import DECISIVE_PARAMETERS, train
from intonation.parameters import from_notebook
from IPython.display import Code

chosen = from_notebook(globals())
run = RunFolder(run_folder)

# %% [markdown]
# ## The network
#
# A temporal convolutional network {cite:p}`bai2018`, as in the study: residual blocks with
# growing dilations, each with two convolutions, batch norm, ReLU and dropout. A block (in training
# on a CPU, `intonation.model.packed` computes the same in fewer passes over memory):


# %%
def shown_source(*parts):
    code = "\n".join(dedent(getsource(part)) for part in parts)
    return Code(code, language="python")


shown_source(ResidualBlock)

# %% [markdown]
# The first layer is computed once per phone and then copied to the phone's frames, which gives the
# same numbers as working frame by frame.

# %%
shown_source(F0Model.projection)

# %% [markdown]
# Behind it come all blocks; the sum of their skip connections goes through two dense layers:

# %%
shown_source(F0Model.from_projection, F0Model.from_skips)

# %% [markdown]
# ## The parameters
#
# Those that decide the weights.

# %%
values = {name: str(getattr(chosen, name)) for name in DECISIVE_PARAMETERS}
pd.Series(values, name="value").rename_axis("parameter").to_frame().style

# %% [markdown]
# ## The loss
#
# Mean squared error: over voiced frames in squared semitones for `semitones`, over all frames in
# squared ln Hz (0 where unvoiced) for `log_f0`. The weights of the best validation epoch are kept.

# %%
shown_source(F0Training.training_step, F0Training._error)

# %%
corpus, features = open_corpus(run.corpus), load_features(run.features)

# %% [markdown]
# ## Which groups it may ask
#
# Labels say most things more than once, and a network that is free shares F0 out among those who
# tell it by chance: what it learns is right, but who told it cannot be read from it (chapter 11).
# With `group_penalty="auto"` a group lasso {cite:p}`yuan2006` decides that first. It explains the mean
# F0 of each voiced phone by a weighted sum of answers; groups of questions cost by the size of their
# weights, in a second pass {cite:p}`wang2008` the less the more they gave in the first, so that some
# get none at all. Its strength is the one with the lowest loss on the validation split.
#
# The lasso's weights of a group are its *curve*. The first layer is held to them: after every step, a
# channel's weights of a group are projected to a multiple of the group's curve. So the network hears
# a few well-chosen numbers instead of many answers, and errs more. Therefore it is free unless asked
# otherwise (0), as in the study; the ranking that holds is that of a small network of phones which is
# held ({doc}`chapter 6 <06_rankings>`).

# %% tags=["remove-output"]
curves = curves_of(corpus, features, chosen)

# %%
unit = TARGETS[target].squared_unit
plots.strength_figure(curves.lasso.path, unit=unit) if curves else None

# %% tags=["hide-input"]
if curves:
    weights = curves.lasso.weights
    left_out = [
        in_words(name)
        for name, members in curves.groups.items()
        if not weights[members].any()
    ]
    say(f"""Chosen was {curves.lasso.strength:g}. Of {len(curves.groups)} groups
{len(curves.groups) - len(left_out)} are asked; not asked: {"; ".join(left_out) or "none"}.""")
else:
    say("Here the network is free, as in the study.")

# %%
shown_source(hold)

# %% tags=["remove-output"]
model, history = train(
    corpus, features, chosen, run.model(target), curves=curves
)

# %% [markdown]
# While both curves fall, what is learnt holds for sentences that were not trained on. Where the
# training loss goes on falling alone, the network begins to learn by heart.

# %% tags=["answer"]
plots.loss_curve(history, unit=unit)

# %% tags=["hide-input"]
numbers = sum(parameter.numel() for parameter in model.parameters())
reach, causal = model.config.receptive_field, model.config.causal
say(f"""{numbers:,} weights; one output frame sees {reach} frames ({reach * 5} ms)
{"up to its own" if causal else "around it"}, and through the labels the whole sentence.""")

# %% [markdown]
# ## Two sentences on their way through
#
# Side by side, the shorter one padded: answers per phone, then frames, channels, and one F0 value
# per frame.

# %%
pair = [corpus[utterance_id] for utterance_id in corpus.ids("train")[:2]]
batch = make_batch([inputs_of(utterance) for utterance in pair])
with torch.no_grad():
    frames = model.projection(batch)
    predicted = model.from_projection(frames, batch.mask)

# %%
shapes = {
    "answers [phones of both, questions]": batch.answers,
    "phone of each frame [utterances, frames]": batch.phone_of_frame,
    "first layer [utterances, frames, channels]": frames,
    "predicted F0 [utterances, frames]": predicted,
}
lengths = {
    name: " × ".join(f"{length:,}" for length in value.shape)
    for name, value in shapes.items()
}
pd.Series(lengths, name="size").rename_axis("what").to_frame().style

# %% [markdown]
# The loss by hand, over the validation split: the same number as the lowest of the curve, up to
# rounding.

# %%
squares = counted = 0
for utterance in map(corpus.__getitem__, corpus.ids("validation")):
    natural, weight = TARGETS[target].learnt(utterance)
    squares += ((predict(model, utterance) - natural) ** 2 * weight).sum()
    counted += weight.sum()
lowest = history["validation_loss"].min()
print(f"by hand {squares / counted:.6f}, lowest of the curve {lowest:.6f}")

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
best = history.loc[history["validation_loss"].idxmin()]
say(f"""{len(history)} epochs; the lowest validation loss, {best["validation_loss"]:.4f}, came in
epoch {best["epoch"]:.0f}, with a training loss of {best["train_loss"]:.4f}.""")

# %% [markdown]
# ## What this does not show
#
# One seed. Another one gives other weights, and may give another ranking of features.
#
# ## Exercises
# 1. Train without dropout (`SET="dropout=0 input_dropout=0" OUT=build/dry`, or `train` with such `parameters` from `intonation.parameters`).
#    How does the training loss change, and how the distance between the two curves?

# %% tags=["solution"]
from tempfile import TemporaryDirectory

from intonation.model.small import fewer_utterances, small_parameters

few, losses = fewer_utterances(corpus, train=16, validation=8), {}
look = {"device": "cpu", "num_layers": 2, "hidden_size": 16, "epochs": 6}
tiny = small_parameters(chosen, **look, learning_rate=0.01, compile=False)
for name, rate in (("with dropout", 0.5), ("without", 0.0)):
    rates = {"dropout": rate, "input_dropout": rate}
    with TemporaryDirectory() as folder:
        tried = train(few, features, replace(tiny, **rates), folder)
    losses[name] = tried[1][["train_loss", "validation_loss"]].iloc[-1]
# a network so small, and so few sentences: only the direction counts
pd.DataFrame(losses).T.style.format(precision=3)

# %% [markdown]
# 2. Halve `num_layers`: by `receptive_field` of `ModelConfig`, from `intonation.model.network`, how
#    many frames of the past are left? Change an answer farther back than that
#    (`model(make_batch(…))`): does the output move?


# %% tags=["solution"]
def moved_frames(network, utterance, number):
    """Frames that change with a phone's answers, before the last ReLU."""
    network.relu_output = torch.nn.Identity()  # else it may hide all
    told = inputs_of(utterance)
    other = told.answers.copy()
    other[number] = 1 - other[number]
    both = make_batch([told, replace(told, answers=other)])
    with torch.no_grad():
        one, two = network.eval().double()(both.to("cpu", torch.float64))
    return (one != two).nonzero()[:, 0].numpy()


half = replace(model.config, num_layers=max(1, num_layers // 2))
moved = moved_frames(F0Model(half), pair[0], 3)
own = (pair[0].frame_to_phone == 3).nonzero()[0]
print(f"reach: {half.receptive_field} of {model.config.receptive_field} frames")
print("moved up to", moved.max() - own.max(), "frames after the phone's end")

# %% [markdown]
# 3. Build the network with `causal=False` and change the answers of the last phone. Which frames
#    move now that did not before?

# %% tags=["solution"]
last = len(pair[0].labels) - 1
begins = (pair[0].frame_to_phone == last).nonzero()[0][0]
for looks_back in (True, False):
    config = replace(model.config, causal=looks_back)
    moved = moved_frames(F0Model(config), pair[0], last)
    earlier = (moved < begins).sum()
    name = "causal" if looks_back else "not causal"
    print(f"{name}: {earlier} frames before the phone move")
