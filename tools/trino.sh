#!/usr/bin/env bash
# A Trino without Docker, for development and tests: one node, on the loopback
# address only, with nothing but the PostgreSQL connector.
#
#   tools/trino.sh check              says whether Java and Trino are here; fetches nothing
#   tools/trino.sh get                fetches and unpacks Trino if it is not here yet
#   tools/trino.sh run FOLDER PORT    runs it in the foreground; its files go to FOLDER
#
# FOLDER/catalog/*.properties are its catalogs; without that folder catalogs are
# made by CREATE CATALOG and forgotten with the server.
#
# TRINO_HOME names an unpacked server. Without it Maven fetches one, once.
set -euo pipefail

version=476
java_least=24
archive=${MAVEN_REPOSITORY:-$HOME/.m2/repository}/io/trino/trino-server/$version/trino-server-$version.tar.gz
cache=${XDG_CACHE_HOME:-$HOME/.cache}/liftoff/trino-$version
home=${TRINO_HOME:-$cache}

fail() { echo "trino.sh: $*" >&2; exit 1; }

# java_of FOLDER prints the folder's java if it is new enough.
java_of() {
	local java=$1/bin/java text
	[ -x "$java" ] || return 1
	text=$("$java" -version 2>&1) || return 1
	text=${text#*version \"}
	[ "${text%%[.\"+-]*}" -ge $java_least ] 2>/dev/null && echo "$java"
}

find_java() {
	local folder
	for folder in "${JAVA_HOME:-/none}" /usr/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home \
		/opt/homebrew/opt/openjdk /usr/local/opt/openjdk "$HOME"/.sdkman/candidates/java/*; do
		java_of "$folder" && return
	done
	folder=$(command -v java) && java_of "$(dirname "$(dirname "$folder")")" && return
	fail "no Java $java_least or newer found. Install one (Debian, Ubuntu: apt install openjdk-25-jdk-headless; Fedora:" \
		"dnf install java-latest-openjdk-headless; macOS: brew install openjdk) or name it with JAVA_HOME"
}

has_trino() { [ -d "$home/lib" ] && [ -d "$home/plugin/postgresql" ]; }

check() {
	find_java
	has_trino && echo "$home" && return
	[ -z "${TRINO_HOME:-}" ] || fail "TRINO_HOME=$TRINO_HOME is no Trino server with plugin/postgresql"
	[ -f "$archive" ] && echo "$archive" && return
	command -v mvn >/dev/null || fail "no Trino: install Maven, which fetches it, or name an unpacked server with TRINO_HOME"
	echo "Trino $version will be fetched by Maven (820 MB)"
}

get() {
	has_trino && return
	check >&2
	if [ ! -f "$archive" ]; then
		echo "trino.sh: Maven fetches Trino $version (820 MB), once..." >&2
		mvn -q dependency:get -Dartifact=io.trino:trino-server:$version:tar.gz -Dtransitive=false >&2
	fi
	echo "trino.sh: unpacking Trino $version, once..." >&2
	mkdir -p "$(dirname "$cache")"
	local new
	new=$(mktemp -d "$cache.XXXXXX")
	# All of it, since jars are hard links to those of other plugins; then only
	# what is needed stays (postgresql uses a type of geospatial).
	tar -C "$new" --strip-components=1 -xzf "$archive"
	find "$new/plugin" -mindepth 1 -maxdepth 1 ! -name postgresql ! -name geospatial -exec rm -rf {} +
	if has_trino; then
		rm -rf "$new" # another process was first
		return
	fi
	rm -rf "$cache"
	mv "$new" "$cache"
}

run() {
	local folder port=$2 java catalogs
	java=$(find_java)
	get
	mkdir -p "$1/data"
	cd "$1" # Trino leaves a folder "var" where it starts
	folder=$PWD
	catalogs="catalog.management=dynamic
catalog.store=memory"
	if [ -d "$folder/catalog" ]; then
		catalogs="catalog.management=static
catalog.config-dir=$folder/catalog"
	fi
	cat >"$folder/config.properties" <<-END
		coordinator=true
		node-scheduler.include-coordinator=true
		http-server.http.port=$port
		discovery.uri=http://127.0.0.1:$port
		plugin.dir=$home/plugin
		$catalogs
	END
	# The launcher of the archive would pass node.* on like this; read from the
	# file, bind-ip would be ignored and every interface be listened on.
	# shellcheck disable=SC2086 # the options are words
	exec "$java" -server -Xmx2G -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -Djdk.attach.allowAttachSelf=true \
		-Dfile.encoding=UTF-8 --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
		--add-modules=jdk.incubator.vector ${TRINO_JAVA_OPTIONS:-} \
		-Dnode.environment=liftoff -Dnode.id="liftoff-$port" -Dnode.data-dir="$folder/data" \
		-Dnode.bind-ip=127.0.0.1 -Dnode.internal-address=127.0.0.1 \
		-Dconfig="$folder/config.properties" -cp "$home/lib/*" io.trino.server.TrinoServer
}

case "${1:-} $#" in
"check 1") check ;;
"get 1") get ;;
"run 3") run "$2" "$3" ;;
*) fail "usage: tools/trino.sh check | get | run FOLDER PORT" ;;
esac
