# Linted only: where this was written, no engine was there to build it.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
WORKDIR /build
COPY requirements/run.txt requirements/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/run.txt

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home keyservice \
 && install -d -o keyservice -g keyservice -m 0700 /var/lib/keyservice
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv
COPY manage.py ./
COPY templates templates
COPY apikeys apikeys
COPY clients clients
COPY keyservice keyservice

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KEYSERVICE_BIND=0.0.0.0:8000 \
    KEYSERVICE_DATA_DIR=/var/lib/keyservice
USER 10001
VOLUME /var/lib/keyservice
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["python", "-m", "keyservice", "up"]
