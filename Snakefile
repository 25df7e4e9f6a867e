"""Which chapter reads and writes what; `make book` calls it, here or with any executor:

    snakemake --directory build/default --cores 4 --config profile=smoke set="[epochs=3]"

The chapters write into the run folder (--directory). What stands here as input and output are
digests of their results, small files in OUT/digests with the results' names: Snakemake removes the
outputs of a rule before it is executed and after it failed, and preparation, training and the
reader need the results themselves. Threads are what a chapter can use; on a cluster they
are a profile's, as memory, time and GPUs are (--set-threads, --set-resources; see profiles/).

With shards=N, preparation and explanation are cut into jobs of their own, whose chapters then find
the work done. What stands for these in OUT/digests are marks; no chapter is made from them.
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
# none on a cluster, on whose machines it would be all that they have
CORES = None if workflow.remote_exec else workflow.resource_settings.cores
ALL, SHARE = RUN.threads(CORES), RUN.threads(CORES, len(TARGETS))
SHARDS = [f"{n}_of_{config['shards']}" for n in range(int(config.get("shards") or 0))]
NOTEBOOKS = {key: f"notebooks/{key}.ipynb" for key in dependencies.chapters()}
MODEL, RESULTS = "model/{target}", "results/{target}"
ERRORS, CONSERVATION = f"{RESULTS}/errors.csv", f"{RESULTS}/conservation.csv"
AGGREGATES, SUMS = f"{RESULTS}/aggregates.npz", f"{RESULTS}/utterance_sums.npz"
RELEVANCE, RANKINGS, FIGURES = (f"{RESULTS}/{n}" for n in ("relevance", "rankings", "figures"))
# What a chapter reads, and what it writes besides its notebook. One without a target that reads
# results of a target reads those of both.
READS_WRITES = {
    "01_corpus": ([], ["corpus"]),
    "02_features": (["corpus"], ["features"]),
    "03_training": (["corpus", "features"], [MODEL]),
    "04_predictions": (
        ["corpus", "features", MODEL],
        [
            *(ERRORS, f"{RESULTS}/summary.csv", f"{RESULTS}/f0", f"{RESULTS}/prompts"),
            *(f"{FIGURES}/f0", f"{FIGURES}/f0_natural"),
        ],
    ),
    "05_relevance": (
        ["corpus", MODEL, ERRORS],
        [
            *(RELEVANCE, CONSERVATION, AGGREGATES, SUMS),
            *(f"{FIGURES}/relevance", f"{FIGURES}/aggregates"),
        ],
    ),
    "06_rankings": (
        ["corpus", "features", MODEL, AGGREGATES, SUMS],
        [
            *(RANKINGS, f"{RESULTS}/rankings_apart.csv", f"{RESULTS}/rankings_three_ways.csv"),
            f"{FIGURES}/rankings",
        ],
    ),
    "07_positions": (
        ["corpus", MODEL, RELEVANCE],
        [f"{RESULTS}/positions", f"{FIGURES}/positions"],
    ),
    "08_faithfulness": (
        ["corpus", "features", MODEL],
        [f"{RESULTS}/faithfulness", f"{FIGURES}/faithfulness"],
    ),
    "09_seeds": (
        ["corpus", "features", MODEL, SUMS],
        [f"{RESULTS}/seeds", f"{FIGURES}/seeds"],
    ),
    "10_rule": (["corpus", MODEL], ["results/rule"]),
    "11_truth": (["corpus", "features"], ["results/truth"]),
    "12_study": (["corpus", MODEL, RANKINGS, ERRORS, CONSERVATION], ["results/study"]),
    "13_inspector": (["corpus", MODEL, ERRORS], ["static/inspector"]),
    "14_quality": (["corpus"], ["results/quality"]),
    "15_ceiling": (["corpus", ERRORS], ["results/ceiling"]),
    "16_reach": (["corpus", "features", ERRORS, "results/ceiling"], ["results/reach"]),
    "17_inputs": (["corpus", "features", "results/ceiling"], ["results/ladder"]),
    "18_together": (["corpus", "features", "model/semitones"], ["results/together"]),
    "19_polish": (["corpus", "features"], ["results/polish"]),
}
PRIORITY = dependencies.seconds_to_the_end(READS_WRITES)  # what has most before it is begun first
CARD, CRATE = f"{MODEL}/card.md", "ro-crate-metadata.json"
ALONE = ("01_corpus", "02_features")  # nothing can be executed beside them


def digests(*results):
    return [f"digests/{result}" for result in results]


def marks(work):
    """That all shards of a work are done."""
    return digests(*(f"shards/{work}/{shard}" for shard in SHARDS))


def marks_before(stage):
    """What a pass of preparation waits for; one shard learns for all."""
    before = {"hear": [], "learn": marks("prepare/hear"), "track": marks("prepare/learn")[:1]}
    return before[stage]


def command(module, options=""):
    """What a rule calls; what it prints goes to its log, and its error from there to the reader."""
    call = f"{{PYTHON:q}} -m intonation.book.{module} --run {{RUN_FOLDER:q}} {options}"
    return f"(cd {{ROOT:q}} && {call}) > {{log:q}} 2>&1"


def chapter(name):
    """What a chapter is made from besides what it reads. Snakemake keeps it and compares."""

    def key(wildcards):
        return f"{wildcards.target}/{name}" if "target" in wildcards.keys() else name

    return dict(
        key=key,
        values=lambda wildcards: RUN.values(key(wildcards)),
        made_from=RUN.made_from(name),
    )


CHAPTER = command(
    "chapter",
    "{params.key} --threads {threads} --values {params.values:q}"
    " --made-from {params.made_from:q} --reads {input.reads:q} --writes {output:q}",
)
# Named here are the modules that do the work: the chapters also draw and tell.
PREPARE = dict(
    values=RUN.values(dependencies.CORPUS),
    made_from=RUN.made_from_module("intonation.corpus.preparation"),
)
EXPLAIN = dict(values="{}", made_from=RUN.made_from_module("intonation.lrp.store"))
SHARD = command(
    "cluster.shard",
    "{params.work} {wildcards.shard} --threads {threads} --values {params.values:q}"
    " --made-from {params.made_from:q} --writes {output:q}",
)
SHARDED = {"01_corpus": "prepare/track", "05_relevance": "explain/{target}"}


wildcard_constraints:
    target="|".join(TARGETS),
    stage="hear|learn|track",
    shard=r"\d+_of_\d+",


rule book:
    input:
        digests(*NOTEBOOKS.values()),
        "run.json",
        "digests/site/html",
        CRATE,


for name, (reads, writes) in READS_WRITES.items():
    per_target = name not in NOTEBOOKS  # whose keys then begin with a target
    key = f"{{target}}/{name}" if per_target else name

    rule:
        name:
            name.partition("_")[2]
        input:
            reads=digests(*(reads if per_target else expand(reads, target=TARGETS))),
            shards=marks(SHARDED[name]) if name in SHARDED else [],
        output:
            digests(*writes, f"notebooks/{key}.ipynb"),
        log:
            f"logs/{key}.log",
        params:
            **chapter(name),
        threads: ALL if name in ALONE else SHARE
        priority: PRIORITY[name]
        shell:
            CHAPTER


rule prepare_shard:
    input:
        lambda wildcards: marks_before(wildcards.stage),
    output:
        digests("shards/prepare/{stage}/{shard}"),
    log:
        "logs/shards/prepare/{stage}/{shard}.log",
    params:
        work="prepare/{stage}",
        **PREPARE,
    threads: RUN.threads(CORES, len(SHARDS) or 1)
    shell:
        SHARD


rule explain_shard:
    input:
        digests("corpus", MODEL),
    output:
        digests("shards/explain/{target}/{shard}"),
    log:
        "logs/shards/explain/{target}/{shard}.log",
    params:
        work="explain/{target}",
        **EXPLAIN,
    shell:
        SHARD


rule run_record:
    input:
        digests(*(path for key, path in NOTEBOOKS.items() if key != dependencies.LAST)),
    output:
        "run.json",
    log:
        "logs/run_record.log",
    params:
        run=RUN.config(),
        libraries=json.dumps(dependencies.versions()),
    threads: ALL
    shell:
        command("record", "--threads {threads} --config {params.run:q}")


use rule corpus as about with:
    input:
        reads="run.json",
    output:
        digests(NOTEBOOKS[dependencies.LAST]),
    log:
        f"logs/{dependencies.LAST}.log",
    params:
        **chapter(dependencies.LAST),


# Not a chapter's result: training would remove it from its folder, and the site shows it.
rule card:
    input:
        digests("corpus", MODEL, ERRORS, f"{RESULTS}/seeds", "results/ceiling", "results/reach"),
    output:
        CARD,
    log:
        "logs/{target}/card.log",
    params:
        run=RUN.config(),
        made_from=RUN.made_from_module("intonation.book.metadata.card"),
    shell:
        command("metadata.card", "{wildcards.target} --config {params.run:q}")


rule site:
    input:
        digests(*NOTEBOOKS.values(), "static/inspector"),
        expand(CARD, target=TARGETS),
    output:
        digests("site/html"),
    log:
        "logs/site.log",
    params:
        made_from=dependencies.site_made_from(),
    shell:
        command("site")


rule crate:
    input:
        digests(*NOTEBOOKS.values(), "site/html"),
        "run.json",
    output:
        CRATE,
    log:
        "logs/crate.log",
    params:
        made_from=RUN.made_from_module("intonation.book.metadata.crate"),
    shell:
        command("metadata.crate")
