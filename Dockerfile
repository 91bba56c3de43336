# The program in an image of its own: what runs is what the lock pins, by hash, as a user without rights.
#   docker build --tag entra-saml-auditor .
#   docker run --rm --read-only --tmpfs /tmp --volume "$PWD/auditor.toml:/etc/auditor/auditor.toml:ro" \
#     --volume auditor:/var/lib/auditor --env-file environment entra-saml-auditor \
#     scan --config /etc/auditor/auditor.toml --store sqlite:////var/lib/auditor/auditor.db --out /var/lib/auditor/reports

# Pin the base to a digest where your policy asks for it.
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/auditor
# The dependencies change seldom: their layer stands before the code's.
COPY requirements-server.lock ./
RUN /opt/auditor/bin/pip install --no-deps --require-hashes --requirement requirements-server.lock
COPY pyproject.toml README.md LICENSE ./
COPY auditor ./auditor
COPY rules ./rules
COPY report_templates ./report_templates
RUN /opt/auditor/bin/pip install --no-deps --no-build-isolation . \
    && /opt/auditor/bin/pip check \
    && /opt/auditor/bin/pip uninstall --yes pip

FROM python:3.12-slim-bookworm
# What WeasyPrint loads, with a font to fall back on, and the authorities that TLS trusts. Versions are Debian's stable
# ones: pinned here, they would only go stale.
# hadolint ignore=DL3008
RUN apt-get -q update \
    && apt-get -q install --yes --no-install-recommends \
        ca-certificates fontconfig-config fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --system --gid 10001 auditor \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/auditor --shell /usr/sbin/nologin auditor \
    && install --directory --owner auditor --group auditor --mode 0700 /var/lib/auditor
COPY --from=build /opt/auditor /opt/auditor
ENV PATH=/opt/auditor/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp AUDITOR_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/auditor
VOLUME /var/lib/auditor
ENTRYPOINT ["auditor"]
CMD ["--help"]
