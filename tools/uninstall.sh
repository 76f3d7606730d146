#!/bin/sh
# Removes the programs from PREFIX/bin, and PostgreSQL's program files from where
# internal/embedded keeps them. Data stays, and so does a folder of EMBEDDED_CACHE_DIR,
# which may have more in it.
set -eu
prefix=$1

if [ -n "${XDG_CACHE_HOME:-}" ]; then
	cache=$XDG_CACHE_HOME/liftoff
elif [ "$(id -u)" = 0 ]; then
	cache=/var/cache/liftoff
else
	cache=$HOME/.cache/liftoff
fi

# A server without its program files can neither be stopped in order nor removed.
if ps -A -o args 2>/dev/null | grep -q "^$cache/"; then
	echo "A PostgreSQL server runs from $cache; nothing was removed. Next: run liftoff db stop, then make uninstall again."
	exit 1
fi
rm -f "$prefix/bin/liftoff" "$prefix/bin/liftoff-fetch-postgres"
rm -rf "$cache"
echo "Removed the programs from $prefix/bin, and $cache. Data stays."
