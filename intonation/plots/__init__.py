"""Every figure of the book: data in, a matplotlib Figure out, no global state.

`python -m intonation.plots rankings RUN/results/<target> --jobs 2` draws all rankings of a run.
"""

from intonation.plots.contours import (
    UtteranceView,
    f0_figure,
    natural_f0_figure,
    utterance_view,
)
from intonation.plots.features import likeness_figure, taxonomy_figure
from intonation.plots.heatmaps import aggregate_heatmap, label_figure, relevance_heatmap
from intonation.plots.overview import (
    duration_histogram,
    error_distribution,
    f0_histogram,
    joined,
    loss_curve,
    speaker_ranges,
)
from intonation.plots.rankings import ranking_digest, ranking_figure, ranking_figures, without_vuv
from intonation.plots.style import save_figure

__all__ = [
    "UtteranceView",
    "aggregate_heatmap",
    "duration_histogram",
    "error_distribution",
    "f0_figure",
    "f0_histogram",
    "joined",
    "label_figure",
    "likeness_figure",
    "loss_curve",
    "natural_f0_figure",
    "ranking_digest",
    "ranking_figure",
    "ranking_figures",
    "relevance_heatmap",
    "save_figure",
    "speaker_ranges",
    "taxonomy_figure",
    "utterance_view",
    "without_vuv",
]
