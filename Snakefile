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
ALL = RUN.threads(workflow.cores)
SHARE = RUN.threads(workflow.cores, len(TARGETS))
CHAPTERS = dependencies.chapters()
FIGURES = "results/{target}/figures"


def digests(*results):
    return [f"digests/{result}" for result in results]


def of_both(*results):
    return expand(digests(*results), target=TARGETS)


def notebooks(keys):
    return digests(*(f"notebooks/{key}.ipynb" for key in keys))


def key_of(output):
    return output[0].removeprefix("digests/notebooks/").removesuffix(".ipynb")


# what a chapter is made from is kept by Snakemake as parameters of its rule
PARTS = "{params.values:q} {params.notebook} {params.code} {params.libraries:q} {params.recordings:q}"
CHAPTER = (
    "cd {ROOT:q} && {PYTHON:q} -m intonation.book.chapter {params.key} --run {RUN_FOLDER:q}"
    " --threads {threads} --values {params.values:q} --made-from " + PARTS + " --reads {input:q} --writes {output:q}"
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
        digests("notebooks/01_corpus.ipynb", "corpus"),
    log:
        "logs/01_corpus.log",
    params:
        key=lambda wildcards, output: key_of(output),
        values=lambda wildcards, output: RUN.values(key_of(output)),
        notebook=lambda wildcards, output: dependencies.notebook_digest(key_of(output)),
        code=lambda wildcards, output: dependencies.chapter_code(key_of(output)),
        libraries=lambda wildcards, output: dependencies.chapter_libraries(key_of(output)),
        recordings=lambda wildcards, output: RUN.recordings(key_of(output)),
    threads: ALL
    shell:
        CHAPTER


use rule corpus as features with:
    input:
        digests("corpus"),
    output:
        digests("notebooks/02_features.ipynb", "features"),
    log:
        "logs/02_features.log",


use rule corpus as training with:
    input:
        digests("corpus", "features"),
    output:
        digests("notebooks/{target}/03_training.ipynb", "model/{target}"),
    log:
        "logs/{target}/03_training.log",
    threads: SHARE
    priority: 1  # what takes longest is begun first


use rule training as predictions with:
    input:
        digests("corpus", "features", "model/{target}"),
    output:
        digests(
            "notebooks/{target}/04_predictions.ipynb",
            *("results/{target}/errors.csv", "results/{target}/summary.csv"),
            *("results/{target}/f0", "results/{target}/prompts"),
            *(f"{FIGURES}/f0", f"{FIGURES}/f0_natural"),
        ),
    log:
        "logs/{target}/04_predictions.log",


use rule training as relevance with:
    input:
        digests("corpus", "model/{target}", "results/{target}/errors.csv"),
    output:
        digests(
            "notebooks/{target}/05_relevance.ipynb",
            *("results/{target}/relevance", "results/{target}/conservation.csv"),
            *("results/{target}/aggregates.npz", "results/{target}/utterance_sums.npz"),
            *(f"{FIGURES}/relevance", f"{FIGURES}/aggregates"),
        ),
    log:
        "logs/{target}/05_relevance.log",


use rule training as rankings with:
    input:
        digests(
            "corpus", "results/{target}/aggregates.npz", "results/{target}/utterance_sums.npz"
        ),
    output:
        digests(
            "notebooks/{target}/06_rankings.ipynb",
            *("results/{target}/rankings", "results/{target}/rankings_apart.csv"),
            f"{FIGURES}/rankings",
        ),
    log:
        "logs/{target}/06_rankings.log",


use rule training as positions with:
    input:
        digests("corpus", "model/{target}", "results/{target}/relevance"),
    output:
        digests(
            "notebooks/{target}/07_positions.ipynb",
            *("results/{target}/positions", f"{FIGURES}/positions"),
        ),
    log:
        "logs/{target}/07_positions.log",


use rule training as faithfulness with:
    input:
        digests("corpus", "features", "model/{target}"),
    output:
        digests(
            "notebooks/{target}/08_faithfulness.ipynb",
            *("results/{target}/faithfulness", f"{FIGURES}/faithfulness"),
        ),
    log:
        "logs/{target}/08_faithfulness.log",


use rule training as seeds with:
    input:
        digests("corpus", "features", "model/{target}", "results/{target}/utterance_sums.npz"),
    output:
        digests(
            "notebooks/{target}/09_seeds.ipynb",
            *("results/{target}/seeds", f"{FIGURES}/seeds"),
        ),
    log:
        "logs/{target}/09_seeds.log",


use rule corpus as rule_of_relevance with:
    input:
        digests("corpus"),
        of_both("model/{target}"),
    output:
        digests("notebooks/10_rule.ipynb", "results/rule"),
    log:
        "logs/10_rule.log",
    threads: SHARE


use rule corpus as truth with:
    input:
        digests("corpus", "features"),
    output:
        digests("notebooks/11_truth.ipynb", "results/truth"),
    log:
        "logs/11_truth.log",
    threads: SHARE


use rule corpus as study with:
    input:
        digests("corpus"),
        of_both(
            *("model/{target}", "results/{target}/rankings"),
            *("results/{target}/errors.csv", "results/{target}/conservation.csv"),
        ),
    output:
        digests("notebooks/12_study.ipynb", "results/study"),
    log:
        "logs/12_study.log",
    threads: SHARE


use rule corpus as inspector with:
    input:
        digests("corpus"),
        of_both("model/{target}", "results/{target}/errors.csv"),
    output:
        digests("notebooks/13_inspector.ipynb", "static/inspector"),
    log:
        "logs/13_inspector.log",
    threads: SHARE


rule run_record:
    input:
        notebooks(key for key in CHAPTERS if key != dependencies.LAST),
    output:
        "run.json",
    params:
        run=json.dumps(dict(source=RUN.source, profile=RUN.profile, set=RUN.assignments)),
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
