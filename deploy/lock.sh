#!/usr/bin/env bash
# Pins every Python package with its hashes in requirements.lock, for Python 3.11 to 3.13; no index URL is written.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
.venv/bin/python -m venv "$tools"
"$tools/bin/pip" --quiet --disable-pip-version-check install uv==0.13.8
# setuptools builds the project itself; pinned here, it is not fetched unpinned at each build
printf 'setuptools>=80\n' | "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade \
  --extra local --extra amazon --extra dev pyproject.toml - -o requirements.lock
if grep -n '://' requirements.lock; then
  echo "requirements.lock names a URL" >&2
  exit 1
fi
