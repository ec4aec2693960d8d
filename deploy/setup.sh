#!/usr/bin/env bash
# Installs what `make run` and `make test` need: system packages with apt, then the virtual environment .venv.
# `setup.sh test` also installs the browser, the proxy and Node, which only tests need, and
# `setup.sh chaos` what breaks things. Says in one line what takes long; the second time it only compares a hash.
set -euo pipefail
cd "$(dirname "$0")/.."

stamps=.stamps
needed_for=${1:-run}
log=$stamps/setup.log
mkdir -p $stamps
exec 9>$stamps/lock
flock 9 # two makes at once: one installs, the other finds it done

say() { printf '%s\n' "$*"; }

# Runs a long step; its output goes to the log, of which the end is shown when it fails.
step() {
  local what=$1
  shift
  say "$what…"
  if ! "$@" >>$log 2>&1 </dev/null; then
    tail -n 15 $log | sed 's/^/  /' >&2
    say "setup: this failed: $* (all of its output: $log)" >&2
    exit 1
  fi
}

# --- Python -----------------------------------------------------------------------------------------------------------

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

python=
for candidate in python3 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null && fits "$candidate"; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  found=$(python3 -V 2>/dev/null || echo 'no python3')
  say "setup: Python 3.11, 3.12 or 3.13 is needed and here is $found: install one, such as python3.13 with python3.13-venv" >&2
  exit 1
fi

hash=$({ cat requirements.lock pyproject.toml deploy/setup.sh && "$python" -VV && pwd; } | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamps/$needed_for" 2>/dev/null)" = "$hash" ] && [ -x .venv/bin/dragoman ]; then
  exit 0
fi
: >$log

# --- System packages --------------------------------------------------------------------------------------------------

has() { command -v "$1" >/dev/null; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=("$(basename "$(readlink -f "$(command -v "$python")")")-venv")
has java || missing+=(default-jre-headless)
has mvn || missing+=(maven)
has redis-server || missing+=(redis-server)
has espeak-ng || missing+=(espeak-ng)
has setpriv || missing+=(util-linux)
if has dpkg-query; then
  for package in apertium apertium-eng-spa apertium-eng-cat apertium-en-gl apertium-eo-en apertium-fr-es apertium-es-pt \
    apertium-spa-ita apertium-pt-gl apertium-es-gl apertium-spa-cat festival festvox-ca-ona-hts \
    pocketsphinx-testdata; do
    installed $package || missing+=($package)
  done
fi

if [ "$needed_for" = test ]; then
  has chromium || has chromium-browser || has google-chrome || missing+=(chromium)
  has nginx || installed nginx || installed nginx-light || missing+=(nginx) # not everybody has /usr/sbin in PATH
  has node || missing+=(nodejs)
  has promtool || missing+=(prometheus) # its tool tests the alarms; the server is not needed
fi
if [ "$needed_for" != run ] && has dpkg-query; then
  installed libfaketime || missing+=(libfaketime) # a wall clock that is off, for one process
fi

has_candidate() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[^\(]* ]]; }

# Splits `missing` into what this release packages and what it does not.
look_up() {
  wanted=() left_out=()
  for package in "${missing[@]}"; do
    if has_candidate "$package"; then wanted+=("$package"); else left_out+=("$package"); fi
  done
}

if [ ${#missing[@]} -gt 0 ]; then
  if ! has apt-get; then
    say "setup: this machine has no apt; install these, or what corresponds to them: ${missing[*]}" >&2
    exit 1
  fi
  install="apt-get install -y --no-install-recommends"
  if [ "$(id -u)" = 0 ]; then
    root=(env DEBIAN_FRONTEND=noninteractive)
  elif sudo -n true 2>/dev/null; then
    # sudo drops the environment: what leads to the package mirror is handed over by name
    root=(sudo -n env DEBIAN_FRONTEND=noninteractive "http_proxy=${http_proxy:-}" "https_proxy=${https_proxy:-}" "no_proxy=${no_proxy:-}")
  else
    look_up
    [ ${#wanted[@]} -gt 0 ] || wanted=("${missing[@]}") # package lists were never fetched: nothing is known
    say "setup: system packages are missing and this user may not install them. Run this, then make again:" >&2
    say "  sudo apt-get update && sudo $install ${wanted[*]}" >&2
    exit 1
  fi
  step "fetching the lists of system packages" "${root[@]}" apt-get update
  look_up
  if [ ${#left_out[@]} -gt 0 ]; then
    say "left out, because this release does not package it: ${left_out[*]}"
  fi
  if [ ${#wanted[@]} -gt 0 ]; then
    "${root[@]}" mkdir -p /usr/share/man/man1 # slim images lack it, and Java's packages do not install without
    step "installing ${wanted[*]}" "${root[@]}" $install "${wanted[@]}"
  fi
  # `dragoman up` runs a redis-server of its own, and the tests an nginx and promtool: the system services that come with the packages
  # are not needed.
  for service in redis-server nginx prometheus; do
    if [[ " ${wanted[*]} " == *" $service "* && -d /run/systemd/system ]]; then
      step "switching off the system's $service service, which came with the package" "${root[@]}" systemctl disable --now $service
    fi
  done
fi

# --- The virtual environment ------------------------------------------------------------------------------------------

version() { "$1" -c 'import sys; print(*sys.version_info[:2])' 2>/dev/null; }

if [ "$(version .venv/bin/python)" != "$(version "$python")" ] || ! .venv/bin/python -m pip -V >/dev/null 2>&1; then
  step "making the virtual environment .venv with $("$python" -V)" "$python" -m venv --clear .venv
fi
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input install)
step "installing the Python packages of requirements.lock" "${pip[@]}" --require-hashes -r requirements.lock
step "installing dragoman" "${pip[@]}" --no-deps --no-build-isolation -e .
printf '%s' "$hash" >$stamps/run
printf '%s' "$hash" >"$stamps/$needed_for"
say "set-up is done"
