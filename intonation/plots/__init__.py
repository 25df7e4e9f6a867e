"""Every figure of the book, by form: data in, a matplotlib Figure out, no global state."""

# ruff: noqa: F401  (chapters say `plots.name`)
from intonation.plots.compared.bands import bands_figure
from intonation.plots.compared.intervals import interval_figure
from intonation.plots.compared.learning import told_figure
from intonation.plots.compared.readers import line_figure, readers_figure
from intonation.plots.compared.ways import ways_figure
from intonation.plots.contours import (
    UtteranceView,
    f0_figure,
    law_figure,
    natural_f0_figure,
    utterance_view,
)
from intonation.plots.curves import (
    curves_figure,
    duration_histogram,
    epsilon_figure,
    f0_histogram,
    loss_curve,
    position_profiles,
    randomisation_figure,
    strength_figure,
)
from intonation.plots.diagrams import Shares, network_figure, taxonomy_figure
from intonation.plots.heatmaps import (
    aggregate_heatmap,
    label_figure,
    position_heatmaps,
    relevance_heatmap,
)
from intonation.plots.rankings import (
    contrast_figure,
    ranking_digest,
    ranking_figure,
    ranking_figures,
    rankings_of,
    seed_ranking_figure,
    without_vuv,
)
from intonation.plots.recordings import (
    checks_figure,
    phone_lengths_figure,
    rate_figure,
    recording_figure,
)
from intonation.plots.rows import (
    advantage_figure,
    compared_groups,
    error_distribution,
    error_ranges,
    marks_figure,
    methods_figure,
    recovery_figure,
    speaker_ranges,
)
from intonation.plots.shades import matrix_figure
from intonation.plots.style import counted, method_name, number, readable, save_figure, show
