# Gateway and workers in one image: `docker run IMAGE gateway`, `docker run IMAGE worker translate`.
# No broker and no Redis inside: DRAGOMAN_KAFKA and DRAGOMAN_REDIS say where they are (docs/operations.md).
ARG BASE=debian:12-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/dragoman
WORKDIR /src
# Every wheel is checked against the lock; of these, what a running system needs is installed, without the tools of
# development. The sources come last: the layer of the libraries changes only with the lock.
COPY requirements.lock pyproject.toml ./
RUN /opt/dragoman/bin/pip download --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock -d /wheels \
 && python3 -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
print(*project['dependencies'], *project['optional-dependencies']['local'], *project['optional-dependencies']['amazon'], sep='\n')" > wanted.txt \
 && /opt/dragoman/bin/pip install --no-index --find-links /wheels -r wanted.txt
COPY README.md LICENSE ./
COPY schemas schemas
COPY dragoman dragoman
COPY gateway gateway
COPY workers workers
RUN /opt/dragoman/bin/pip wheel --no-index --find-links /wheels --no-deps --wheel-dir /dist .

# What is fetched is checked by the manifest of these sources; what cannot be had fails the build, unless it is only better
# and its place was not reached. MODELS are arguments of `dragoman models fetch`; empty: none, for a cluster that has them
# on a volume.
FROM build AS models
ARG MODELS=--default
ARG DRAGOMAN_MODELS_FROM=official,packages
RUN /opt/dragoman/bin/pip install --no-cache-dir --no-index --no-deps /dist/*.whl \
 && mkdir /models \
 && if [ -n "${MODELS}" ]; then /opt/dragoman/bin/dragoman models fetch --models /models ${MODELS}; fi \
 && rm -rf /models/.fetching

FROM ${BASE}
# setpriv (util-linux) makes children die with their parent. The pairs give es, ca, gl, eo, fr, it, and backwards.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      python3 ca-certificates util-linux espeak-ng \
      apertium apertium-eng-spa apertium-eng-cat apertium-en-gl apertium-eo-en \
      apertium-fr-es apertium-es-pt apertium-spa-ita apertium-pt-gl apertium-es-gl apertium-spa-cat \
      festival festvox-ca-ona-hts \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dragoman
COPY --from=build /opt/dragoman /opt/dragoman
COPY --from=models /models /usr/share/dragoman/models
RUN --mount=type=bind,from=build,source=/dist,target=/dist \
    /opt/dragoman/bin/pip install --no-cache-dir --no-index --no-deps /dist/*.whl
ENV PATH=/opt/dragoman/bin:$PATH \
    DRAGOMAN_MODELS=/usr/share/dragoman/models \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080 8081
ENTRYPOINT ["dragoman"]
CMD ["--help"]
