"""Which chapter reads and writes what; `make book` calls it, here or with any executor:

    snakemake --directory build/default --cores 4 --config profile=smoke set="[epochs=3]"

The chapters write into the run folder (--directory). What stands here as input and output are
digests of their results, small files in OUT/digests with the results' names: Snakemake removes the
outputs of a rule before it is executed and after it failed, and preparation, training and the
reader need the results themselves. Threads are what a chapter can use; memory and time are left to
a profile (--default-resources, --set-resources).
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, workflow.basedir)

from intonation.book import dependencies
from intonation.parameters import TARGETS

ROOT, RUN_FOLDER = workflow.basedir, Path.cwd()
PYTHON = sys.executable
RUN = dependencies.Run.of(config)  # a wrong parameter fails here, before anything is executed
CORES = workflow.resource_settings.cores  # none on a cluster, where SET="cpu_count=4" says it
ALL, SHARE = RUN.threads(CORES), RUN.threads(CORES, len(TARGETS))
CHAPTERS = dependencies.chapters()
FIGURES = "results/{target}/figures"


def digests(*results):
    return [f"digests/{result}" for result in results]


def of_both(*results):
    return expand(digests(*results), target=TARGETS)


def notebooks(keys):
    return digests(*(f"notebooks/{key}.ipynb" for key in keys))


def chapter(name):
    """What a chapter is made from besides what it reads. Snakemake keeps it and compares."""

    def key(wildcards):
        return f"{wildcards.target}/{name}" if "target" in wildcards.keys() else name

    return dict(
        key=key,
        values=lambda wildcards: RUN.values(key(wildcards)),
        notebook=dependencies.notebook_digest(name),
        code=dependencies.chapter_code(name),
        libraries=dependencies.chapter_libraries(name),
        recordings=RUN.recordings(name),
    )


PARTS = "{params.values:q} {params.notebook} {params.code} {params.libraries:q} {params.recordings:q}"
CHAPTER = (
    "cd {ROOT:q} && {PYTHON:q} -m intonation.book.chapter {params.key} --run {RUN_FOLDER:q}"
    f" --threads {{threads}} --values {{params.values:q}} --made-from {PARTS}"
    " --reads {input:q} --writes {output:q}"
)


wildcard_constraints:
    target="|".join(TARGETS),


rule book:
    input:
        notebooks(CHAPTERS),
        "run.json",
        "digests/site/html",


rule corpus:
    output:
        digests("corpus", "notebooks/01_corpus.ipynb"),
    log:
        "logs/01_corpus.log",
    params:
        **chapter("01_corpus"),
    threads: ALL
    shell:
        CHAPTER


use rule corpus as features with:
    input:
        digests("corpus"),
    output:
        digests("features", "notebooks/02_features.ipynb"),
    log:
        "logs/02_features.log",
    params:
        **chapter("02_features"),


use rule corpus as training with:
    input:
        digests("corpus", "features"),
    output:
        digests("model/{target}", "notebooks/{target}/03_training.ipynb"),
    log:
        "logs/{target}/03_training.log",
    params:
        **chapter("03_training"),
    threads: SHARE
    priority: 1  # what takes longest is begun first


use rule training as predictions with:
    input:
        digests("corpus", "features", "model/{target}"),
    output:
        digests(
            *("results/{target}/errors.csv", "results/{target}/summary.csv"),
            *("results/{target}/f0", "results/{target}/prompts"),
            *(f"{FIGURES}/f0", f"{FIGURES}/f0_natural"),
            "notebooks/{target}/04_predictions.ipynb",
        ),
    log:
        "logs/{target}/04_predictions.log",
    params:
        **chapter("04_predictions"),


use rule training as relevance with:
    input:
        digests("corpus", "model/{target}", "results/{target}/errors.csv"),
    output:
        digests(
            *("results/{target}/relevance", "results/{target}/conservation.csv"),
            *("results/{target}/aggregates.npz", "results/{target}/utterance_sums.npz"),
            *(f"{FIGURES}/relevance", f"{FIGURES}/aggregates"),
            "notebooks/{target}/05_relevance.ipynb",
        ),
    log:
        "logs/{target}/05_relevance.log",
    params:
        **chapter("05_relevance"),


use rule training as rankings with:
    input:
        digests(
            "corpus", "results/{target}/aggregates.npz", "results/{target}/utterance_sums.npz"
        ),
    output:
        digests(
            *("results/{target}/rankings", "results/{target}/rankings_apart.csv"),
            f"{FIGURES}/rankings",
            "notebooks/{target}/06_rankings.ipynb",
        ),
    log:
        "logs/{target}/06_rankings.log",
    params:
        **chapter("06_rankings"),


use rule training as positions with:
    input:
        digests("corpus", "model/{target}", "results/{target}/relevance"),
    output:
        digests(
            *("results/{target}/positions", f"{FIGURES}/positions"),
            "notebooks/{target}/07_positions.ipynb",
        ),
    log:
        "logs/{target}/07_positions.log",
    params:
        **chapter("07_positions"),


use rule training as faithfulness with:
    input:
        digests("corpus", "features", "model/{target}"),
    output:
        digests(
            *("results/{target}/faithfulness", f"{FIGURES}/faithfulness"),
            "notebooks/{target}/08_faithfulness.ipynb",
        ),
    log:
        "logs/{target}/08_faithfulness.log",
    params:
        **chapter("08_faithfulness"),


use rule training as seeds with:
    input:
        digests("corpus", "features", "model/{target}", "results/{target}/utterance_sums.npz"),
    output:
        digests(
            *("results/{target}/seeds", f"{FIGURES}/seeds"),
            "notebooks/{target}/09_seeds.ipynb",
        ),
    log:
        "logs/{target}/09_seeds.log",
    params:
        **chapter("09_seeds"),


use rule corpus as rule_of_relevance with:
    input:
        digests("corpus"),
        of_both("model/{target}"),
    output:
        digests("results/rule", "notebooks/10_rule.ipynb"),
    log:
        "logs/10_rule.log",
    params:
        **chapter("10_rule"),
    threads: SHARE


use rule corpus as truth with:
    input:
        digests("corpus", "features"),
    output:
        digests("results/truth", "notebooks/11_truth.ipynb"),
    log:
        "logs/11_truth.log",
    params:
        **chapter("11_truth"),
    threads: SHARE


use rule corpus as study with:
    input:
        digests("corpus"),
        of_both(
            *("model/{target}", "results/{target}/rankings"),
            *("results/{target}/errors.csv", "results/{target}/conservation.csv"),
        ),
    output:
        digests("results/study", "notebooks/12_study.ipynb"),
    log:
        "logs/12_study.log",
    params:
        **chapter("12_study"),
    threads: SHARE


use rule corpus as inspector with:
    input:
        digests("corpus"),
        of_both("model/{target}", "results/{target}/errors.csv"),
    output:
        digests("static/inspector", "notebooks/13_inspector.ipynb"),
    log:
        "logs/13_inspector.log",
    params:
        **chapter("13_inspector"),
    threads: SHARE


rule run_record:
    input:
        notebooks(key for key in CHAPTERS if key != dependencies.LAST),
    output:
        "run.json",
    params:
        run=RUN.config(),
        libraries=json.dumps(dependencies.versions()),
    threads: ALL
    shell:
        "cd {ROOT:q} && {PYTHON:q} -m intonation.book.record --run {RUN_FOLDER:q}"
        " --threads {threads} --config {params.run:q}"


use rule corpus as about with:
    input:
        "run.json",
    output:
        digests("notebooks/14_run.ipynb"),
    log:
        "logs/14_run.log",
    params:
        **chapter("14_run"),


rule site:
    input:
        notebooks(CHAPTERS),
        digests("static/inspector"),
    output:
        digests("site/html"),
    log:
        "site/build.log",
    params:
        pages=dependencies.pages_digest(),
        code=dependencies.site_code(),
        libraries=dependencies.site_libraries(),
    shell:
        "cd {ROOT:q} && {PYTHON:q} -m intonation.book.site --run {RUN_FOLDER:q}"
