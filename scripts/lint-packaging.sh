#!/usr/bin/env bash
# Looks at what installs linekeeper: versions that must agree, and each file by its own program. A program that is not
# here is passed over, by name; nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

problems=0
fail() { echo "lint-packaging: $*" >&2; problems=1; }
# Says so where a look is left out.
has() { command -v "$1" >/dev/null && return; echo "lint-packaging: no $1 here, so $2 is not looked at" >&2; return 1; }

rust=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
grep -q "^FROM rust:$rust-slim-bookworm AS build$" Dockerfile ||
  fail "the Dockerfile does not build with rust-version $rust of Cargo.toml"
grep -q '^USER 10001:10001$' Dockerfile || fail "the image runs as root"
grep -q '^HEALTHCHECK .*"linekeeper", "healthcheck"' Dockerfile || fail "the image has no health check"
if grep -nEi '^(ARG|ENV).*(KEY|TOKEN|PASSWORD|SECRET)' Dockerfile; then fail "a secret would stay in a layer"; fi

# What the image is built from: all that cargo needs, nothing that git does not know.
for needed in Cargo.toml Cargo.lock crates dashboard LICENSE; do
  grep -qx "!$needed" .dockerignore || fail ".dockerignore leaves out $needed"
done

if has systemd-analyze packaging/linekeeper.service; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # The program is not installed where this runs.
  sed 's#^ExecStart=/usr/local/bin/linekeeper#ExecStart=/bin/true#' packaging/linekeeper.service >"$folder/linekeeper.service"
  said=$(systemd-analyze verify --man=no "$folder/linekeeper.service" 2>&1) || fail "linekeeper.service: $said"
  [ -z "$said" ] || fail "linekeeper.service: $said"
fi

compose=()
if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif command -v docker-compose >/dev/null; then
  compose=(docker-compose)
fi
if [ ${#compose[@]} -gt 0 ]; then
  POSTGRES_PASSWORD=x ENCRYPTION_KEY=x "${compose[@]}" --file compose.yaml --profile postgres config --quiet ||
    fail "compose.yaml"
else
  echo "lint-packaging: no docker compose here, so compose.yaml is not looked at" >&2
fi

if has nginx packaging/nginx.conf && has openssl packaging/nginx.conf; then
  folder=${folder:-$(mktemp -d)}
  trap 'rm -rf "$folder"' EXIT
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=whatsapp.example.org \
    -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
  {
    echo "pid $folder/nginx.pid; error_log stderr; events {} http { access_log off;"
    for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $folder/$kind;"; done
    sed -E "s#ssl_certificate_key .*;#ssl_certificate_key $folder/key.pem;#; s#ssl_certificate .*;#ssl_certificate $folder/certificate.pem;#" \
      packaging/nginx.conf
    echo "}"
  } >"$folder/nginx.conf"
  said=$(nginx -t -e stderr -c "$folder/nginx.conf" 2>&1) || fail "nginx.conf: $said"
fi

grep -q '^ *proxy_set_header X-Forwarded-For \$remote_addr;' packaging/nginx.conf ||
  fail "nginx.conf passes on the addresses that clients claim"

if has caddy packaging/Caddyfile; then
  said=$(caddy validate --adapter caddyfile --config packaging/Caddyfile 2>&1) || fail "Caddyfile: $said"
fi

if has hadolint Dockerfile; then hadolint Dockerfile || fail "Dockerfile"; fi
if has promtool docs/grafana/alerts.yaml; then promtool check rules docs/grafana/alerts.yaml || fail "alerts.yaml"; fi

[ "$problems" -eq 0 ] || exit 1
echo "packaging: looks right"
