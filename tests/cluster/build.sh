#!/bin/bash
# Builds a Kubernetes control plane from its Go modules: etcd, kube-apiserver, kube-controller-manager, kube-scheduler,
# kubectl, and kwok, which plays the nodes. Once per version: half an hour beside other work.
# Nothing is built that is there; in the end the sources (5 GB with what they are compiled to) are gone, 0.4 GB stay.
set -euo pipefail
CACHE=${DRAGOMAN_CLUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dragoman/cluster}
KUBERNETES=1.34.4 ETCD=3.6.5 KWOK=0.7.0
BIN=$CACHE/bin-$KUBERNETES
export GOMODCACHE=$CACHE/modules GOCACHE=$CACHE/compiled GOFLAGS="-buildvcs=false -mod=mod" CGO_ENABLED=0

module() { # NAME: an empty module to build from
  mkdir -p "$CACHE/$1" && cd "$CACHE/$1"
  printf 'module scratch\n\ngo 1.24.0\n\ngodebug default=go1.24\n' >go.mod
}

build() { # NAME PACKAGE [LINKER FLAGS]: moved into place when it is whole
  [ -x "$BIN/$1" ] && return
  echo "building $1"
  go build -p 2 -trimpath -ldflags "-s -w ${3:-}" -o "$BIN/.$1" "$2" && mv "$BIN/.$1" "$BIN/$1"
}

kubernetes() {
  [ -x "$BIN/kubectl" ] && return # the last one
  module kubernetes
  go mod download "k8s.io/kubernetes@v$KUBERNETES"
  # Its own go.mod replaces its parts by folders beside it: here by the released modules of the same version.
  {
    printf '\nrequire k8s.io/kubernetes v%s\n\nreplace (\n' "$KUBERNETES"
    grep -oE '^\s+k8s.io/[a-z-]+ =>' "$GOMODCACHE/cache/download/k8s.io/kubernetes/@v/v$KUBERNETES.mod" | tr -d ' \t=>' |
      while read -r part; do printf '\t%s => %s v0.%s\n' "$part" "$part" "${KUBERNETES#1.}"; done
    echo ')'
  } >>go.mod
  local version=k8s.io/component-base/version minor=${KUBERNETES#1.}
  for program in kube-apiserver kube-controller-manager kube-scheduler kubectl; do
    build $program k8s.io/kubernetes/cmd/$program \
      "-X $version.gitVersion=v$KUBERNETES -X $version.gitMajor=1 -X $version.gitMinor=${minor%%.*} -X $version.gitTreeState=clean"
  done
}

other() { # NAME MODULE VERSION PACKAGE
  [ -x "$BIN/$1" ] && return
  module "$1"
  go get "$2@v$3"
  build "$1" "$4"
}

[ -x "$BIN/kubectl" ] || command -v go >/dev/null || { echo "make test-cluster builds with Go, which is missing" >&2 && exit 2; }
mkdir -p "$BIN"
exec 9>"$CACHE/.lock"
flock 9 # two builds at once would compile everything twice
other etcd go.etcd.io/etcd/server/v3 "$ETCD" go.etcd.io/etcd/server/v3
other kwok sigs.k8s.io/kwok "$KWOK" sigs.k8s.io/kwok/cmd/kwok
kubernetes
if [ -d "$GOMODCACHE" ]; then
  chmod -R u+w "$GOMODCACHE" # Go keeps modules read-only
  rm -rf "$GOMODCACHE" "$GOCACHE"
fi
