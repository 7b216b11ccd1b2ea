# What builds from Debian's sources share: sources fetched and verified, steps that are quiet until they fail, results
# kept in the cache. Sourced, not run.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/storeimg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "$(basename "$0" .sh): $*" >&2; }

# Runs a step quietly; shows what it said when it fails.
step() {
  say "$1"
  "${@:2}" >"$work/log" 2>&1 || { cat "$work/log" >&2; say "failed: $1"; exit 1; }
}

need_emscripten() {
  command -v emcc >/dev/null || need_debian emscripten
  # Debian's emscripten finds Debian's acorn only so when Node.js is not Debian's.
  export NODE_PATH=/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}
}

# Copies what was made in $1 to $2, whole or not at all.
deliver() {
  mkdir -p "${2%/*}"
  rm -rf "$2.new"
  cp -r "$1" "$2.new"
  rm -rf "$2"
  mv "$2.new" "$2"
}

# Ends the script where $out, or the cache, has what these inputs make: $1 is the kind, $2 the compiler's version, the rest
# the files that are read. Sets `key` otherwise.
need_making() {
  kept=$cache/$1-
  key=$({ echo "$2"; sha256sum "${@:3}"; } | sha256sum | cut -c 1-16)
  [ "$(cat "$out/key" 2>/dev/null)" != "$key" ] || exit 0
  [ -e "$kept$key" ] || return 0
  deliver "$kept$key" "$out"
  exit 0
}

# Puts what was made in $work/finished into the cache and to $out.
finish() {
  echo "$key" >"$work/finished/key"
  deliver "$work/finished" "$kept$key"
  deliver "$work/finished" "$out"
}

# Debian's source packages $2... of suite $1 into the current folder, from the mirror that this machine uses, with lists of
# our own: the system's stay as they are.
download() {
  local mirror apt=$work/apt
  mirror=$(apt-get update --print-uris | grep -o -m 1 "[^']*/debian/dists/")
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  echo "deb-src ${mirror%dists/} $1 main" >"$apt/sources.list"
  local options=(-q -oDir::Etc::SourceList="$apt/sources.list" -oDir::Etc::SourceParts=/dev/null
    -oDir::State::Lists="$apt/lists" -oDir::Cache="$apt/cache" -oAPT::Sandbox::User=)
  apt-get "${options[@]}" update
  apt-get "${options[@]}" source --download-only --only-source "${@:2}"
}

# Sets `source` to a folder with the tarballs that $2 pins: the one that variable $3 names, or the cache, filled from
# Debian's source packages $5... of suite $4. $1 names it all for people.
need_source() {
  local sums=$PWD/$2 given=${!3-}
  verified() { (cd "$source" && sha256sum --check --status "$sums") 2>/dev/null; }
  source=${given:-$cache/source}
  verified && return
  if [ -z "$given" ] && command -v apt-get >/dev/null; then
    say "downloading $1"
    mkdir -p "$source"
    # Fails, too, when a mirror lacks the signature beside the tarballs; the hashes decide.
    (cd "$source" && download "${@:4}") >"$work/log" 2>&1 || verified || cat "$work/log" >&2
  fi
  verified && return
  say "no $1 as pinned in $2 in $source: put the tarballs that it names, of Debian's source packages, into a folder" \
    "and name it in $3"
  exit 1
}
