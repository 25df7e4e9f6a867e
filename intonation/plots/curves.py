"""Lines with bands, and histograms: losses, deletion, randomised layers, relevance by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.heatmaps import COUNTS_IN, draw_frame_counts, quantity
from intonation.plots.style import BLUE, FAINT, INK, MARKERS, ORANGE, PALETTE, styled

if TYPE_CHECKING:
    from intonation.lrp.positions import Profile

WIDTH_IN = 5.6
LOSSES = {"train_loss": "training loss", "validation_loss": "validation loss"}
BOTH_FALL = "while both lines fall, what is learnt holds for other sentences"  # what to see
FAR_OFF = "a bar far from the others is worth listening to"
ONE_HILL = "one hill a speaker; a second one, an octave off, would be errors of the tracker"
WAYS = {
    "deletion": ("Deletion: replaced, most relevant first", "groups replaced"),
    "insertion": ("Insertion: put back, most relevant first", "groups put back"),
}
KINDS = {"signed": ("relevance with its sign", BLUE), "absolute": ("size of relevance", ORANGE)}
RULE_LINES = {"z": ("-", "o"), "gamma": ("--", "s")}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def curve(axes: Axes, across, up, low=None, high=None, *, color: str, **look) -> None:
    """Draw a line, and a band from low to high where both are known."""
    if low is not None and np.isfinite(low).any():
        axes.fill_between(across, low, high, color=color, alpha=0.17, linewidth=0)
    axes.plot(across, up, color=color, **look)


@styled
def loss_curve(history: pd.DataFrame, *, unit: str) -> Figure:
    """Loss against epoch, the best validation loss marked.

    history: columns `epoch`, `train_loss`, `validation_loss`. unit: of the loss, for the axis.
    """
    figure, axes = style.panel("Loss by epoch", WIDTH_IN, 2.8, caption=BOTH_FALL)
    losses = [name for name in history.columns if "loss" in name]
    for name, colour in zip(losses, PALETTE, strict=False):
        curve(axes, history["epoch"], history[name], color=colour, label=LOSSES.get(name, name))
    if "validation_loss" in losses and history["validation_loss"].notna().any():
        best = history.loc[history["validation_loss"].idxmin()]
        axes.plot(best["epoch"], best["validation_loss"], "o", color=INK, markersize=5)
        label = f"best: {best['validation_loss']:.3g} at epoch {best['epoch']:.0f}"
        axes.axvline(best["epoch"], color=FAINT, linewidth=0.8, label=label, zorder=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="epoch", ylabel=f"loss ({unit})")
    style.legend(axes)
    named = [(LOSSES.get(name, name), history["epoch"], history[name]) for name in losses]
    told = [line_told(*line, "epoch") for line in named]
    figure.tell(f"Loss ({unit}) by epoch. {' '.join(told)}", history)
    return figure


@styled
def strength_figure(path: pd.DataFrame, *, unit: str) -> Figure:
    """Validation loss against the strength of a group lasso, a line a pass, the chosen one marked.

    path: of `model.sparse.lasso.Lasso`. unit: of the loss. The band is a standard error wide either
    way.
    """
    figure, axes = style.panel("Validation loss by strength of the group lasso", WIDTH_IN, 2.8)
    axes.set(xscale="log", xlabel="strength (SD of F0)", ylabel=f"loss ({unit})")
    told = []
    for (number, part), colour in zip(path.groupby("pass"), PALETTE, strict=False):
        across, up, name = part["strength"], part["validation_loss"], f"pass {number}"
        ends = (up - part["standard_error"], up + part["standard_error"])
        curve(axes, across, up, *ends, color=colour, label=name)
        told.append(line_told(name, across, up, "strength"))
    if up.notna().any():
        axes.plot(across[up.idxmin()], up.min(), "o", color=INK, markersize=5, label="chosen")
    style.legend(axes)
    figure.tell(f"Loss ({unit}) by strength. {' '.join(told)}", path)
    return figure


@styled
def epsilon_figure(sweeps: dict[str, pd.DataFrame], title: str) -> Figure:
    """Relative change of relevance against the stabiliser, one line for each target.

    sweeps: name -> table of `method_agreement.epsilon_sweep`.
    """
    figure, axes = style.panel(title, 3.9, 2.4)
    axes.set(xscale="log", yscale="log")
    for place, (name, sweep) in enumerate(sweeps.items()):
        percent = 100 * sweep["relative_change"].clip(lower=1e-12)
        look = {"marker": MARKERS[place], "markersize": 4, "label": name}
        curve(axes, sweep["epsilon"], percent, color=PALETTE[place], **look)
    axes.set(xlabel="epsilon (unit of a neuron's sum)", ylabel="relative change (%)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(power_of_ten))
    axes.grid()
    style.legend(axes)
    told = [line_told(n, t["epsilon"], t["relative_change"], "epsilon") for n, t in sweeps.items()]
    found = pd.concat([sweep.assign(line=name) for name, sweep in sweeps.items()])
    figure.tell(f"Relative change of relevance against epsilon. {' '.join(told)}", found)
    return figure


def line_told(name: str, across: pd.Series, up: pd.Series, axis: str) -> str:
    """What a line does: where it begins and ends, and its highest and lowest value."""
    known = up.notna().to_numpy()
    if not known.any():
        return f"{name}: no value is known."
    places, values = across.to_numpy()[known], up.to_numpy()[known]
    written = list(map(style.number, (values[0], values[-1])))
    ends = style.extremes(pd.Series(values, [f"{axis} {place:g}" for place in places]))
    return f"{name} from {written[0]} to {written[1]}, {ends}."


def power_of_ten(value: float, _place: int | None = None) -> str:
    """A tick of a logarithmic axis: 10⁻⁶, but 1 and 10 as they are."""
    power = round(np.log10(value))
    raised = str(power).translate(SUPERSCRIPTS)
    return f"{value:g}" if power in (0, 1) else f"10{raised}"


@styled
def curves_figure(means: pd.DataFrame, *, title: str, unit: str) -> Figure:
    """How far the contour moves as groups are replaced, and what is left as they are put back.

    means: columns method, way, groups, distance, ci_low, ci_high, as `faithfulness.summarise`
    gives them. Bands (95 % intervals) are drawn for the z rule and for random orders.
    """
    colours = dict(zip(dict.fromkeys(means["method"]), cycle(PALETTE), strict=False))
    figure, panels = style.panels(title, len(WAYS), WIDTH_IN, 2.2)
    for axes, (way, (heading, label)) in zip(panels, WAYS.items(), strict=True):
        for method, part in means[means["way"] == way].groupby("method", sort=False):
            chance = method == "random"
            ends = (part["ci_low"], part["ci_high"]) if chance or method == "z" else ()
            look = {"color": "#77776f" if chance else colours[method], "marker": "."}
            look |= {"label": style.method_name(method), "linestyle": ":" if chance else "-"}
            curve(axes, part["groups"], part["distance"], *ends, **look)
        axes.set(title=heading, xlabel=label, xlim=(0, None), ylim=(0, None))
        axes.set_ylabel(f"distance (RMS, {unit})")
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    style.legend(panels[-1], below=True)
    told = [
        line_told(f"{way}, {style.method_name(method)}", part["groups"], part["distance"], "groups")
        for (way, method), part in means.groupby(["way", "method"], sort=False)
    ]
    figure.tell(f"Distance in {unit} by groups. {' '.join(told)}", means)
    return figure


@styled
def randomisation_figure(means: pd.DataFrame, *, title: str) -> Figure:
    """Similarity of relevance to the original against the number of random layers.

    means: columns rule, kind ("signed", "absolute"), layers, layer, correlation, ci_low, ci_high.
    """
    figure, axes = style.panel(title, WIDTH_IN, 2.2)
    names = means.drop_duplicates("layers").sort_values("layers")
    places = {layers: place for place, layers in enumerate(names["layers"])}
    for (rule, kind), part in means.groupby(["rule", "kind"], sort=False):
        across, (words, colour) = part["layers"].map(places), KINDS[kind]
        line, marker = RULE_LINES.get(rule, ("-", "."))
        look = {"linestyle": line, "marker": marker, "markersize": 4, "color": colour}
        look |= {"label": f"{words}, {rule} rule"}
        curve(axes, across, part["correlation"], part["ci_low"], part["ci_high"], **look)
    axes.axhline(0, color=INK, linewidth=0.7)
    axes.set_xticks(range(len(names)), labels=names["layer"])
    axes.set(ylim=(-1.05, 1.05), ylabel="rank correlation\nwith the original")
    axes.set_xlabel("random from the output down to this layer")
    style.legend(axes, below=True)
    told = [
        line_told(f"{KINDS[kind][0]}, {rule} rule", part["layers"], part["correlation"], "layers")
        for (rule, kind), part in means.groupby(["rule", "kind"], sort=False)
    ]
    figure.tell(f"Rank correlation with the original. {' '.join(told)}", means)
    return figure


@styled
def position_profiles(profile: Profile, groups: Sequence[str], *, title: str, unit: str) -> Figure:
    """Mean relevance per frame of some groups (at most six) along one axis, with intervals.

    Bands are 95 % confidence intervals over utterances; bins of fewer than two utterances have
    none. Above lies how many frames the bins hold.
    """
    height_in, edges = 2.9, profile.axis.edges
    figure, axes = style.panel(title, 6.2, height_in)
    middles, (low, high) = (edges[:-1] + edges[1:]) / 2, profile.interval()
    for name, colour, mark in zip(groups, PALETTE, MARKERS, strict=False):
        group = profile.groups.index(name)
        look = {"color": colour, "label": in_words(name), "marker": mark, "markersize": 3}
        curve(axes, middles, profile.mean[:, group], low[:, group], high[:, group], **look)
    axes.axhline(0, color=INK, linewidth=0.7)
    if edges[0] < 0 <= edges[-1]:
        axes.axvline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set(xlim=(edges[0], edges[-1]), xlabel=profile.axis.label)
    axes.set_ylabel(style.filled(quantity(profile, unit), height_in, 9))
    axes.grid()
    draw_frame_counts(axes, profile)
    style.legend(axes, up_in=COUNTS_IN)
    found = profile.table()
    shown = [(name, found[found["group"] == name]) for name in groups[: len(PALETTE)]]
    told = [line_told(in_words(name), part["start"], part["mean"], "at") for name, part in shown]
    figure.tell(f"Lines of relevance per frame in {unit}. {' '.join(told)}", found)
    return figure


def voiced_hz(f0_hz: Mapping[str, Sequence[np.ndarray]]) -> dict[str, np.ndarray]:
    """Voiced frames of each speaker's tracks end to end, float [voiced frames] in Hz."""
    return {name: np.concatenate([t[t > 0] for t in tracks]) for name, tracks in f0_hz.items()}


@styled
def f0_histogram(f0_hz: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """Share of voiced frames by F0, one line for each speaker.

    f0_hz: {speaker: tracks of utterances, float [frames] in Hz each}; 0 is unvoiced.
    """
    figure, axes = style.panel("F0 of voiced frames", WIDTH_IN, 2.6, caption=ONE_HILL)
    voiced = voiced_hz(f0_hz)
    ends = [np.percentile(values, (0.1, 99.9)) for values in voiced.values() if len(values)]
    low, high = (min(e[0] for e in ends), max(e[1] for e in ends)) if ends else (50.0, 500.0)
    edges_hz = np.arange(np.floor(low / 5) * 5, high + 5, 5)
    many, shares = len(voiced) > len(PALETTE), {}
    for place, (name, values) in enumerate(voiced.items()):
        share = np.histogram(values, edges_hz)[0] / max(len(values), 1) * 100
        shares[name] = share
        colour = BLUE if many else PALETTE[place]
        axes.stairs(share, edges_hz, color=colour, alpha=0.6 if many else 1, label=name)
    axes.set(xlabel="F0 (Hz)", ylabel="voiced frames (% per 5 Hz)")
    if 1 < len(voiced) <= len(PALETTE):
        style.legend(axes)
    medians = pd.Series({name: np.median(values) for name, values in voiced.items() if len(values)})
    found = pd.DataFrame({"from_hz": edges_hz[:-1], **{str(n): s for n, s in shares.items()}})
    told = style.extremes(medians, "Hz") if len(medians) else "no voiced frame"
    speakers = style.counted(len(voiced), "speaker")
    figure.tell(f"F0 of voiced frames of {speakers}; medians: {told}.", found)
    return figure


@styled
def duration_histogram(seconds: np.ndarray) -> Figure:
    """Number of utterances by length in seconds."""
    figure, axes = style.panel("Length of utterances", WIDTH_IN, 2.2, caption=FAR_OFF)
    step_s = 0.5 if np.max(seconds, initial=0) <= 30 else 1.0
    edges_s = np.arange(0, np.max(seconds, initial=step_s) + step_s, step_s)
    counts, *_ = axes.hist(seconds, edges_s, color=BLUE, alpha=0.75, rwidth=0.92)
    axes.axvline(np.median(seconds), color=INK, linewidth=1)
    label = f"  median {np.median(seconds):.1f} s"
    axes.text(np.median(seconds), 0.99, label, transform=axes.get_xaxis_transform(), va="top")
    axes.set_ylim(top=axes.get_ylim()[1] * 1.1)
    axes.set(xlabel="length (s)", ylabel="utterances")
    ends = [f"{np.min(seconds, initial=np.inf):.1f}", f"{np.max(seconds, initial=0):.1f}"]
    told = f"{style.counted(len(seconds), 'utterance')}, {ends[0]} to {ends[1]} s"
    found = pd.DataFrame({"from_s": edges_s[:-1], "to_s": edges_s[1:], "utterances": counts})
    figure.tell(f"Histogram of {told}, median {np.median(seconds):.1f} s.", found)
    return figure
