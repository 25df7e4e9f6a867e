# The image: `train`, `serve` and `book`, on a CPU or on GPUs. Built by `make image`, see book/cloud.md.
#
# BASE_IMAGE: any with Debian's or a compatible libc, useradd, and a Python 3.11 with venv.
# VARIANT: cpu; cuda, the build of PyTorch in the package index; or a folder of TORCH_INDEX, as cu126.
ARG BASE_IMAGE=python:3.11-slim-bookworm

# Wheels brought along instead of a package index: --build-context wheels=FOLDER takes its place.
FROM scratch AS wheels

FROM ${BASE_IMAGE} AS build
ARG VARIANT=cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl
# Of whoever builds; an index with a password comes as the secret pip.conf, which no layer keeps.
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_NO_INDEX
WORKDIR /opt/intonation
COPY pyproject.toml requirements.lock ./
COPY containers/pins.py containers/
RUN --mount=type=bind,from=wheels,target=/wheels \
    --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    set -eu; \
    if [ "$VARIANT" != cuda ]; then \
        export PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL:-} $TORCH_INDEX/$VARIANT"; \
    fi; \
    python3 -m venv /opt/venv; \
    python3 containers/pins.py wanted > /tmp/wanted.txt; \
    /opt/venv/bin/pip install --no-cache-dir --find-links /wheels \
        --constraint requirements.lock --requirement /tmp/wanted.txt; \
    /opt/venv/bin/pip uninstall --yes --quiet wheel setuptools pip; \
    /opt/venv/bin/python containers/pins.py check "$VARIANT"; \
    cd /opt/venv/lib/*/site-packages; \
    find pandas scipy sklearn -depth -type d -name tests -exec rm -r {} +; \
    find torch/bin -type f ! -name torch_shm_manager -delete; \
    rm -r torch/include torch/test
COPY . .
RUN /opt/venv/bin/python -m compileall -q intonation

FROM ${BASE_IMAGE}
ARG UID=1000
RUN useradd --uid "$UID" --non-unique --no-log-init --home-dir /tmp --no-create-home intonation \
    && for name in train serve book; do \
        ln -s /opt/intonation/containers/entrypoint "/usr/local/bin/$name"; \
    done \
    && mkdir -p /opt/ml/input /opt/ml/output /opt/ml/model /opt/ml/checkpoints /opt/ml/run \
    && chown -R "$UID" /opt/ml
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/intonation /opt/intonation
# Everything is written below /opt/ml and /tmp, so the rest can be mounted read-only. Idle OpenMP
# threads sleep: spinning ones slow other processes down a hundredfold.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/intonation \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=PASSIVE \
    LANG=C.UTF-8 \
    HOME=/tmp \
    USER=intonation
WORKDIR /opt/intonation
USER ${UID}
EXPOSE 8080
ENTRYPOINT ["/opt/intonation/containers/entrypoint"]
