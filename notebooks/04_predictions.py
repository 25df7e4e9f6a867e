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
resamples = 1000
seed = 1

# %% tags=["hide-input"]
import numpy as np
import pandas as pd
from intonation import load_model, open_corpus, plots
from intonation.book.drawing import Results, choose_utterances
from intonation.book.prose import choice, headed, say
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.evaluation.people.shares import models_table, network_name
from intonation.files import write_csv
from intonation.model.accuracy import (
    evaluate,
    fit_ridge,
    levelled_rmse,
    summarise,
)
from intonation.model.prediction import predict, predict_hz, write_predictions
from intonation.parameters import from_notebook
from IPython.display import display

chosen = from_notebook(globals())
run = RunFolder(run_folder)
results = run.results(target)

# %%
corpus, features = open_corpus(run.corpus), load_features(run.features)
model = load_model(run.model(target))
test_ids = corpus.ids("test")

# %% [markdown]
# ## One prediction
#
# The network gives one number per frame, in the unit of its target, which then becomes Hz: semitones
# by the speaker's median, logarithms without it.

# %%
utterance = corpus[test_ids[0]]
output = predict(model, utterance)
predicted_hz = predict_hz(model, utterance)
some = np.flatnonzero(utterance.voiced)[40:44]
print(f"median {utterance.speaker_median_hz:.1f} Hz; some voiced frames:")
print(output[some].round(3), model.config.meaning.unit)
print(predicted_hz[some].round(1), "Hz")

# %% [markdown]
# Its error in semitones by hand, over voiced frames, beside what `evaluate` says:

# %%
natural_hz = utterance.f0_hz[utterance.voiced].astype(float)
difference = 12 * np.log2(predicted_hz[utterance.voiced] / natural_hz)
rmse = np.sqrt(np.mean(difference**2))

# %%
ridge = fit_ridge(corpus, features)
row = evaluate(model, ridge, utterance)
print(f"by hand {rmse:.6f}, evaluate {row['rmse_semitones']:.6f} semitones")

# %% [markdown]
# ## All of them
#
# Every test utterance: its errors, and its contour to be heard.

# %%
errors = pd.DataFrame([evaluate(model, ridge, corpus[i]) for i in test_ids])
if model.config.meaning.vuv:  # it is not told who speaks
    moved = levelled_rmse(model, corpus, test_ids)
    errors = errors.merge(moved, left_on="id", right_index=True)
write_csv(results.errors, errors)
write_predictions(model, corpus, test_ids, results)

# %% [markdown]
# ## Against two baselines
#
# The speaker's median knows nothing of the sentence; ridge regression knows the same features as the
# network, but only adds them up. All errors are over voiced frames of test sentences; lower is
# better, except for the correlation. RMSE is that of an utterance, on average, with what 95 % of draws
# of other test sentences say; *pooled* counts all frames alike, so that long utterances count for more.

# %%
summary = summarise(errors)
write_csv(results.summary, summary.reset_index(names="predictor"))
texts, name = corpus.table.set_index("id")["text"], network_name(target)
drawing = {"resamples": resamples, "seed": seed}
accuracy = models_table(pd.DataFrame(), {name: errors}, texts, **drawing)
accuracy = accuracy.set_index("predictor")

# %% tags=["hide-input"]
shown = accuracy[["rmse_semitones", "ci_low", "ci_high", "correlation"]]
pooled, hz, _ = summary.rename(index={"network": name}).to_numpy().T
others = pd.DataFrame({"pooled": pooled, "RMSE (Hz)": hz}, index=summary.index)
others = others.rename(index={"network": name})
headed(shown.join(others).sort_values("rmse_semitones")).style.format(
    precision=2, na_rep="–"
)

# %% tags=["hide-input"]
level = """A network that learns log F0 learns Hz and is not told who speaks; ridge and the median know
the speaker's height. That its contours do not stand at that height is part of its error. The row *moved to
the speaker's median* takes it away: the median of what is predicted for a speaker becomes the speaker's."""
say(level if model.config.meaning.vuv else "")

# %% [markdown]
# This is one network, from one seed, on few sentences; intervals are over sentences alone, and
# {doc}`chapter 9 <09_seeds>` shows how far another seed moves such an error. How close people come who read the same
# sentences, the ceiling, stands in {doc}`chapter 15 </notebooks/15_ceiling>`; ridge with the speaker's
# range, gradient boosting, the original's kind of network and ours, on all sentences, in
# {doc}`chapter 16 </notebooks/16_reach>`.
#
# A point is an utterance, the thick line in a box the median. The network is better where its box
# lies farther left than that of a baseline.

# %% tags=["answer"]
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
# ## By speaker
#
# Mean RMSE of a speaker's test utterances, in semitones. A speaker whose own median is far off moves
# a lot; what counts is how far below it the network comes.

# %%
by_speaker = errors.groupby("speaker", sort=True).agg(
    utterances=("id", "size"),
    network=("rmse_semitones", "mean"),
    ridge=("ridge_rmse_semitones", "mean"),
    median=("speaker_mean_rmse_semitones", "mean"),
    correlation=("correlation", "mean"),
)
plain = by_speaker.style.format(precision=2, na_rep="–")
plain.format_index(escape="html")

# %% [markdown]
# ## Every error
#
# The first rows of `errors.csv`; NRMSE is the RMSE divided by the range of the natural F0.

# %%
headed(errors.head(8)).style.hide().format(
    precision=3, na_rep="–", escape="html"
)

# %% tags=["hide-input"]
told = ""
if target == "log_f0":
    rmse, nrmse = errors["all_frames_rmse_hz"], errors["all_frames_nrmse"]
    told = f"""The study counted unvoiced frames too (as 1 Hz). In its way of counting, RMSE
    per utterance lies here between {rmse.min():.1f} and {rmse.max():.1f} Hz, {rmse.mean():.1f} on
    average; NRMSE between {nrmse.min():.3f} and {nrmse.max():.3f}. On the study's corpus it was
    24.1 to 60.1 Hz, and 0.156 to 0.383. This network is not told who speaks; the test set has
    {plots.counted(errors["speaker"].nunique(), "speaker")}, the study's had one."""
say(told)

# %% [markdown]
# ## Contours
#
# Utterances evenly spread from the best predicted to the worst. Look where the two lines part: at
# accents, whose height a speaker chooses, more than at the ends of phrases.

# %%
drawn = Results(run, target)
shown = choose_utterances(errors, figures)
for utterance_id in shown:
    view = drawn.view(utterance_id)
    display(
        choice(f"{view.errors['rmse_semitones']:.2f} semitones: {view.title}")
    )
    path = results.figure("f0", utterance_id)
    display(plots.show(plots.f0_figure(view), path))

# %% [markdown]
# And natural F0 alone, of the best predicted one, to be read before one looks at the prediction:

# %%
natural = {}
for utterance_id in shown:
    figure = plots.natural_f0_figure(drawn.view(utterance_id))
    path = results.figure("f0_natural", utterance_id)
    natural[utterance_id] = plots.show(figure, path)
natural[shown[0]]

# %% [markdown]
# ## What was seen

# %% tags=["hide-input", "answer"]
means = accuracy["rmse_semitones"]
own, (ridges, median) = means[name], means[["ridge", "speaker's median"]]
lower = own < min(ridges, median)
rhos = accuracy["correlation"]
moved = means.drop([name, "ridge", "speaker's median"])
not_told = f"""It is not told who speaks; moved to the speaker's median, it errs by
{moved.sum():.2f}."""
say(f"""RMSE of an utterance, on average: {own:.2f} semitones against {ridges:.2f} for ridge regression
and {median:.2f} for the speaker's median; mean correlation {rhos[name]:.2f} against {rhos["ridge"]:.2f}.
The network's error is {"lower than both" if lower else "**not** lower than both"}.
{not_told if len(moved) else ""}""")

# %% [markdown]
# ## What this does not show
#
# A contour may be a good rendering and yet differ from the one that was recorded: there is more than
# one way to read a sentence. No listener judged these.
#
# ## Exercises
# 1. What does the RMSE of the speaker's median say of an utterance, if not how far its F0 moves?
#    Compute it from `f0_semitones` alone.


# %% tags=["solution"]
def moves(name):
    """Root mean square of an utterance's F0, from the median, in semitones."""
    return np.sqrt(np.nanmean(corpus[name].f0_semitones ** 2))


by_hand = errors["id"].map(moves)
off = (by_hand - errors["speaker_mean_rmse_semitones"]).abs().max()
print(f"largest difference from the table: {off:.1e} semitones")

# %% [markdown]
# 2. What do the worst predicted utterances have in common? Join `errors.csv` with `corpus.table` and
#    order it by `rmse_semitones`: are they longer, less voiced, of one speaker?

# %% tags=["solution"]
known = corpus.table[["id", "voiced_share", "phones", "text"]]
joined = errors.merge(known, on="id")
joined["moves"] = joined["speaker_mean_rmse_semitones"]
columns = ["seconds", "voiced_share", "phones", "moves"]
ranks = joined[["rmse_semitones", *columns]].corr(method="spearman")
# rank correlations: near 0 means that it has little to do with the error
display(ranks.loc[["rmse_semitones"], columns].style.format(precision=2))
worst = joined.nlargest(5, "rmse_semitones")[["rmse_semitones", "text"]]
worst.style.hide().format(precision=2, escape="html")

# %% [markdown]
# 3. Load a file of `results/<target>/f0/` (float32 in Hz, a frame every 5 ms) into Praat and
#    resynthesise the recording with it; in Python, with Parselmouth's `Manipulation` and its
#    `PitchTier`. Does the new recording have the predicted F0?

# %% tags=["solution"]
import parselmouth
from intonation.corpus.f0 import read_float32
from parselmouth.praat import call

told_hz = read_float32(results / "f0" / f"{utterance.id}.f0").tolist()
if utterance.wav_path:
    sound = parselmouth.Sound(str(utterance.wav_path))
    manipulation = call(sound, "To Manipulation", 0.01, 75, 600)
    tier = call("Create PitchTier", "predicted", 0, sound.duration)
    for time_s, hz in zip(utterance.times_s.tolist(), told_hz, strict=True):
        call(tier, "Add point", time_s, hz)
    call([tier, manipulation], "Replace pitch tier")
    heard = call(manipulation, "Get resynthesis (overlap-add)").to_pitch()
    hz = heard.selected_array["frequency"]
    wanted = np.interp(heard.xs(), utterance.times_s, told_hz)
    off = np.median(abs(12 * np.log2(hz[hz > 0] / wanted[hz > 0])))
    print(f"the new recording is {off:.2f} semitones off, in the median")
