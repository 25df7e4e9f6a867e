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
# # 4 · Predictions
#
# **How close are the predicted contours, and is that better than something simple?**
#
# Reads: `corpus/`, `features/`, `model/<target>/`. Writes: `results/<target>/errors.csv`,
# `results/<target>/f0/`, `results/<target>/prompts/`, `results/<target>/figures/`. Time: TIME_TAKEN.

# %% tags=["parameters"]
run_folder = "build/default"
target = "semitones"
figures = 12

# %% tags=["hide-input"]
from pathlib import Path

import pandas as pd
from intonation import plots
from intonation.book.drawing import Results, choose_utterances
from intonation.corpus.corpus import open_corpus
from intonation.corpus.features import load_features
from intonation.files import write_csv
from intonation.model.accuracy import evaluate, fit_ridge, summarise
from intonation.model.network import load_model
from intonation.model.prediction import write_predictions
from intonation.parameters import from_notebook
from IPython.display import Markdown, display

chosen = from_notebook(globals())
run = Path(run_folder)
results_folder = run / "results" / target

# %%
corpus, features = (
    open_corpus(run / "corpus"),
    load_features(run / "features" / "features.npz"),
)
model = load_model(run / "model" / target)
ridge = fit_ridge(corpus, features)

# %%
errors = pd.DataFrame(
    [evaluate(model, ridge, corpus[i]) for i in corpus.ids("test")]
)
write_csv(results_folder / "errors.csv", errors)
write_predictions(model, corpus, corpus.ids("test"), results_folder)

# %% [markdown]
# ## Against two baselines
#
# The speaker's median knows nothing of the sentence; ridge regression knows the same features as the
# network, but only adds them up. All errors are over voiced frames of test sentences; lower is
# better, except for the correlation.

# %% tags=["hide-input"]
summary = summarise(errors)
write_csv(
    results_folder / "summary.csv", summary.reset_index(names="predictor")
)
summary.style.format("{:.3f}", na_rep="–")

# %%
plots.error_distribution(
    {
        "network": errors["rmse_semitones"],
        "ridge": errors["ridge_rmse_semitones"],
        "speaker's median": errors["speaker_mean_rmse_semitones"],
    },
    label="RMSE per test utterance (semitones)",
    title="Errors of the network and of the baselines",
)

# %% [markdown]
# ## Every error
#
# The first rows of `errors.csv`; NRMSE is the RMSE divided by the range of the natural F0.

# %%
errors.head(8).style.hide().format(precision=3, na_rep="–")

# %% tags=["hide-input"]
if target == "log_f0":
    rmse, nrmse = errors["all_frames_rmse_hz"], errors["all_frames_nrmse"]
    told = f"""The study counted unvoiced frames too (as 1 Hz). In its way of counting, RMSE
    per utterance lies here between {rmse.min():.1f} and {rmse.max():.1f} Hz, {rmse.mean():.1f} on
    average; NRMSE between {nrmse.min():.3f} and {nrmse.max():.3f}. On the study's corpus it was
    24.1 to 60.1 Hz, and 0.156 to 0.383. This network is not told who speaks; the corpus has
    {errors["speaker"].nunique()} speaker(s) in the test set, and the study's had one."""
    display(Markdown(told))

# %% [markdown]
# ## Contours
#
# Utterances evenly spread from the best predicted to the worst.

# %%
results = Results(run, target)
shown = choose_utterances(errors, figures)
for utterance_id in shown:
    figure = plots.f0_figure(results.view(utterance_id))
    path = results.figures / "f0" / f"{utterance_id}.png"
    display(plots.show(figure, path))

# %% [markdown]
# And natural F0 alone, of the best predicted one:

# %%
natural = {}
for utterance_id in shown:
    figure = plots.natural_f0_figure(results.view(utterance_id))
    path = results.figures / "f0_natural" / f"{utterance_id}.png"
    natural[utterance_id] = plots.show(figure, path)
natural[shown[0]]

# %% [markdown]
# ## What was seen

# %% tags=["hide-input"]
mine, theirs = summary.iloc[0], summary.iloc[1]
display(
    Markdown(
        f"RMSE {mine.iloc[0]:.2f} semitones against {theirs.iloc[0]:.2f} for ridge regression and "
        f"{summary.iloc[2, 0]:.2f} for the speaker's median; mean correlation {mine.iloc[2]:.2f} against "
        f"{theirs.iloc[2]:.2f}. The network's error is "
        f"{'lower than both' if mine.iloc[0] < min(summary.iloc[1:, 0]) else '**not** lower than both'}."
    )
)

# %% [markdown]
# **What this does not show.** A contour may be a good rendering and yet differ from the one that
# was recorded: there is more than one way to read a sentence. No listener judged these.
#
# **Exercises.** What do the worst predicted utterances have in common? Load a file of
# `results/<target>/f0/` into Praat and resynthesise the recording with it.
