# What the other scripts need on a fresh machine. Sourced, not run; every function is quick when nothing is to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# npm packages, as the lock file has them.
need_npm() {
  local stamp=node_modules/.storeimg-lock
  cmp -s package-lock.json "$stamp" && return
  npm ci --no-audit --no-fund
  cp package-lock.json "$stamp"
}

# Debian packages: installed when missing and when we may, named otherwise.
need_debian() {
  local missing=() package
  for package; do
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "storeimg: install these packages first: ${missing[*]}" >&2
    return 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
