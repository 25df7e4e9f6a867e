"""Every figure of the book: data in, a matplotlib Figure out, no global state.

`python -m intonation.plots rankings RUN/results/<target> --jobs 2` draws all rankings of a run.
"""

from intonation.plots.contours import (
    UtteranceView,
    f0_figure,
    natural_f0_figure,
    utterance_view,
)
from intonation.plots.faithfulness import (
    advantage_figure,
    curves_figure,
    group_dots,
    method_name,
    randomisation_figure,
)
from intonation.plots.features import likeness_figure, taxonomy_figure
from intonation.plots.heatmaps import aggregate_heatmap, label_figure, relevance_heatmap
from intonation.plots.neurons import (
    Shares,
    epsilon_figure,
    network_figure,
    number,
    rules_figure,
)
from intonation.plots.overview import (
    duration_histogram,
    error_distribution,
    f0_histogram,
    joined,
    loss_curve,
    speaker_ranges,
)
from intonation.plots.positions import contrast_figure, position_heatmaps, position_profiles
from intonation.plots.rankings import ranking_digest, ranking_figure, ranking_figures, without_vuv
from intonation.plots.seeds import agreement_figure, seed_ranking_figure
from intonation.plots.study import compared_groups, error_ranges, readable
from intonation.plots.style import save_figure
from intonation.plots.truth import (
    ladder_figure,
    law_figure,
    methods_figure,
    natural_figure,
    recovery_figure,
)

__all__ = [
    "Shares",
    "UtteranceView",
    "advantage_figure",
    "aggregate_heatmap",
    "agreement_figure",
    "compared_groups",
    "contrast_figure",
    "curves_figure",
    "duration_histogram",
    "epsilon_figure",
    "error_distribution",
    "error_ranges",
    "f0_figure",
    "f0_histogram",
    "group_dots",
    "joined",
    "label_figure",
    "ladder_figure",
    "law_figure",
    "likeness_figure",
    "loss_curve",
    "method_name",
    "methods_figure",
    "natural_f0_figure",
    "natural_figure",
    "network_figure",
    "number",
    "position_heatmaps",
    "position_profiles",
    "randomisation_figure",
    "ranking_digest",
    "ranking_figure",
    "ranking_figures",
    "readable",
    "recovery_figure",
    "relevance_heatmap",
    "rules_figure",
    "save_figure",
    "seed_ranking_figure",
    "speaker_ranges",
    "taxonomy_figure",
    "utterance_view",
    "without_vuv",
]
