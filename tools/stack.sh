#!/usr/bin/env bash
# PostgreSQL and Trino for development, without Docker, both on the loopback
# address only.
#
#   tools/stack.sh up      starts what does not run yet, and says how to use it
#   tools/stack.sh down    stops both; the data stays
#
# With POSTGRES_HOST set, that server is used (POSTGRES_PORT, POSTGRES_DB,
# POSTGRES_USER, POSTGRES_PASSWORD too), and only Trino is started. Trino logs in
# there with STACK_TRINO_USER and STACK_TRINO_PASSWORD, if they are set.
# STACK_POSTGRES_PORT (5433) and STACK_TRINO_PORT (8080) are the ports here, and
# STACK_DIR is the folder.
set -euo pipefail
cd "$(dirname "$0")/.."

postgres_port=${STACK_POSTGRES_PORT:-5433}
trino_port=${STACK_TRINO_PORT:-8080}
# Root's PostgreSQL runs as another user, who cannot reach root's home.
if [ "$(id -u)" = 0 ]; then default=/var/lib/liftoff-stack; else default=${XDG_DATA_HOME:-$HOME/.local/share}/liftoff-stack; fi
folder=${STACK_DIR:-$default}
settings=$folder/settings.sh

fail() { echo "stack: $*" >&2; exit 1; }

# runs NAME reports whether the process that we started under the name lives.
runs() {
	local pid
	pid=$(cat "$folder/$1.pid" 2>/dev/null) && [ -n "$pid" ] &&
		ps -p "$pid" -o args= 2>/dev/null | grep -q -e stackdb -e trino.sh -e TrinoServer
}

# start NAME LOG COMMAND... runs a command in the background, on its own.
start() {
	local name=$1 log=$2
	shift 2
	nohup "$@" >"$log" 2>"$folder/$name.err" </dev/null &
	echo $! >"$folder/$name.pid"
}

# wait_for NAME SECONDS COMMAND... waits until the command succeeds.
wait_for() {
	local name=$1 seconds=$2
	shift 2
	for _ in $(seq "$((seconds * 2))"); do
		"$@" && return
		runs "$name" || { tail -n 5 "$folder/$name.err" >&2; fail "$name has ended; its messages are in $folder/$name.err"; }
		sleep 0.5
	done
	fail "$name is not ready after $seconds s; see $folder/$name.err"
}

start_postgres() {
	if runs postgres; then return; fi
	go build -o "$folder/" ./bench/stackdb ./cmd/liftoff-fetch-postgres
	: >"$settings"
	start postgres "$settings" "$folder/stackdb" -data "$folder/postgres" -port "$postgres_port"
	wait_for postgres 120 grep -q POSTGRES_SSLMODE "$settings"
}

use_given_postgres() {
	{
		printf 'POSTGRES_HOST=%q\nPOSTGRES_PORT=%q\nPOSTGRES_DB=%q\n' "$POSTGRES_HOST" "${POSTGRES_PORT:-5432}" "${POSTGRES_DB:-spacex}"
		printf 'POSTGRES_USER=%q\nPOSTGRES_PASSWORD=%q\n' "${POSTGRES_USER:-spacex}" "${POSTGRES_PASSWORD:-}"
		printf 'STACK_TRINO_USER=%q\nSTACK_TRINO_PASSWORD=%q\n' "${STACK_TRINO_USER:-${POSTGRES_USER:-spacex}}" "${STACK_TRINO_PASSWORD:-${POSTGRES_PASSWORD:-}}"
		printf 'POSTGRES_SSLMODE=%q\n' "${POSTGRES_SSLMODE:-prefer}"
	} >"$settings"
}

start_trino() {
	if runs trino; then
		trino_port=$(cat "$folder/trino.port")
		return
	fi
	tools/trino.sh get
	echo "$trino_port" >"$folder/trino.port"
	mkdir -p "$folder/trino/catalog"
	# Trino reads the credentials from its environment.
	cat >"$folder/trino/catalog/postgres.properties" <<-'END'
		connector.name=postgresql
		connection-url=jdbc:postgresql://${ENV:POSTGRES_HOST}:${ENV:POSTGRES_PORT}/${ENV:POSTGRES_DB}
		connection-user=${ENV:STACK_TRINO_USER}
		connection-password=${ENV:STACK_TRINO_PASSWORD}
	END
	start trino "$folder/trino.log" tools/trino.sh run "$folder/trino" "$trino_port"
	wait_for trino 180 curl -fsS -o "$folder/info" "http://127.0.0.1:$trino_port/v1/info" 2>>"$folder/curl.err"
}

up() {
	tools/trino.sh check >/dev/null
	(umask 077 && mkdir -p "$folder" && : >>"$settings" && : >"$folder/curl.err")
	chmod 711 "$folder" # PostgreSQL's user passes through
	if [ -n "${POSTGRES_HOST:-}" ]; then use_given_postgres; else start_postgres; fi
	set -a
	# shellcheck source=/dev/null
	. "$settings"
	set +a
	make --no-print-directory build >/dev/null
	bin/liftoff migrate up --env-file /dev/null --log-level warning >/dev/null
	start_trino
	# A query says more than any health page.
	bin/liftoff analyze aggregate_view --engine trino --trino-url "http://127.0.0.1:$trino_port" --trino-wait 3m \
		--env-file /dev/null --log-level error >/dev/null
	if ! grep -q TRINO_URL "$settings"; then echo "TRINO_URL=http://127.0.0.1:$trino_port" >>"$settings"; fi
	how_to_use
}

how_to_use() {
	cat <<-END
		PostgreSQL  $POSTGRES_HOST:$POSTGRES_PORT, database $POSTGRES_DB, user $POSTGRES_USER
		Trino       http://127.0.0.1:$trino_port (any user name), catalog postgres, schema public

		  set -a; . $settings; set +a     the settings for this shell
		  bin/liftoff ingest --engine trino
		  bin/liftoff analyze --engine trino
		  make stack-down                 stops both; the data stays in $folder
	END
}

# stop NAME ends the process that we started under the name, and waits for it.
stop() {
	local pid
	runs "$1" || { rm -f "$folder/$1.pid"; return 0; }
	pid=$(cat "$folder/$1.pid")
	kill "$pid"
	for _ in $(seq 60); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.5
	done
	kill -9 "$pid" 2>/dev/null || true
	rm -f "$folder/$1.pid"
	echo "$1 stopped"
}

case "${1:-}" in
up) up ;;
down) stop trino && stop postgres ;;
*) fail "usage: tools/stack.sh up | down" ;;
esac
