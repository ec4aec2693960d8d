#!/usr/bin/env bash
# Fetches the models that `make run` needs, or, as `models.sh test`, those of `make test`. Says first how much that is.
# LANGUAGES=de,it brings the translations and voices of these as well.
# What cannot be had is left out and asked for again the next time; only without any recogniser it fails.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=(--default)
if [ "${1:-run}" = test ]; then
  wanted+=(firefox-en-pt-tiny firefox-pt-en-tiny piper-en_US-joe-medium) # the tests' figures and sentences are theirs
fi

languages=${LANGUAGES:-}
if [ -n "$languages" ]; then
  wanted+=(--languages "$languages" --voices)
fi

stamp=.stamps/models-${1:-run}${languages:+-${languages//[^[:alnum:]]/-}}
mark=$({ cat dragoman/models/manifest.json deploy/models.sh && printf '%s' "${DRAGOMAN_MODELS:-}" "${DRAGOMAN_MODELS_FROM:-}"; } | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" = "$mark" ] && .venv/bin/dragoman models list 2>/dev/null | grep -q ' there '; then
  exit 0
fi
status=0
.venv/bin/dragoman models fetch "${wanted[@]}" || status=$?
case $status in
  0) printf '%s' "$mark" >"$stamp" ;;
  1) printf 'models: what is missing is left out; the next make tries again\n' ;;
  *) exit "$status" ;;
esac
