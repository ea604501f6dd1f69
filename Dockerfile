# syntax=docker/dockerfile:1
# Builds the server from a clean tree and ships it alone: `docker build --build-arg COMMIT="$(git rev-parse --short=12 HEAD)" -t linekeeper .`
# The tag of the compiler is rust-version of Cargo.toml; scripts/lint-packaging.sh compares them.

FROM node:22-bookworm-slim AS dashboard
WORKDIR /src/dashboard
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN npm ci
COPY crates/server/tests/it/snapshots/openapi.json ../crates/server/tests/it/snapshots/openapi.json
COPY dashboard ./
RUN npm run build

FROM rust:1.95-slim-bookworm AS build
ARG COMMIT=""
WORKDIR /src
# The image has the C compiler that SQLite and ring need. No git: the commit is told.
COPY . .
COPY --from=dashboard /src/dashboard/dist/app dashboard/dist/app
RUN LINEKEEPER_COMMIT="$COMMIT" cargo build --locked --release --package linekeeper \
 && install -D target/release/linekeeper /out/usr/local/bin/linekeeper \
 && install -d -m 0700 /out/var/lib/linekeeper

FROM debian:bookworm-slim
# Nobody else's number: rights on a volume are by number.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/linekeeper --shell /usr/sbin/nologin linekeeper
COPY --from=build /out/usr/local/bin/linekeeper /usr/local/bin/linekeeper
COPY --from=build --chown=10001:10001 /out/var/lib/linekeeper /var/lib/linekeeper
# Inside a container only 0.0.0.0 can be reached from outside. It is refused until there is an Owner: see
# docs/OPERATIONS.md, "Installing".
ENV LINEKEEPER_DATA_DIR=/var/lib/linekeeper \
    LINEKEEPER_LISTEN=0.0.0.0:8080
USER 10001:10001
WORKDIR /var/lib/linekeeper
VOLUME /var/lib/linekeeper
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["linekeeper", "healthcheck"]
ENTRYPOINT ["linekeeper"]
CMD ["serve"]
