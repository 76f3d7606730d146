# Sourced by the benchmarks: need TEST PACKAGE WHAT makes sure that the command
# TEST succeeds. As root on Debian or Ubuntu it installs the package, elsewhere
# it says what is missing.
need() {
  if eval "$1" >/dev/null 2>&1; then return; fi
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "bench: installing $2, for $3" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$2"; } >&2 || true
    if eval "$1" >/dev/null 2>&1; then return; fi
  fi
  echo "bench: $3 is missing. Debian, Ubuntu: apt-get install $2; elsewhere the package with the like name" >&2
  exit 1
}
