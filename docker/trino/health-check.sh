#!/bin/bash
# Health check of a Trino container, with what its image has: bash and curl.
#   health-check.sh started   the server has started
#   health-check.sh query     and PostgreSQL answers SELECT 1 through the catalog
set -euo pipefail
server=http://localhost:8080

# field NAME JSON prints the string value of a field, or nothing.
field() {
	local pattern="\"$1\":\"([^\"]*)\""
	if [[ $2 =~ $pattern ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
}

call() { curl --silent --show-error --fail --max-time 8 --header 'X-Trino-User: health-check' "$@"; }

info=$(call "$server/v1/info")
if [[ $info != *'"starting":false'* ]]; then
	echo "Trino is starting"
	exit 1
fi
[[ ${1:-} == query ]] || exit 0

# A query's answer comes in parts; each but the last one names the next.
answer=$(call --data "SELECT * FROM TABLE(postgres.system.query(query => 'SELECT 1 AS one'))" "$server/v1/statement")
rows=$answer
while next=$(field nextUri "$answer") && [[ -n $next ]]; do
	answer=$(call "$next")
	rows+=$answer
done
if [[ $answer == *'"error":{'* || $rows != *'"data":[[1]]'* ]]; then
	echo "PostgreSQL does not answer through Trino: $(field message "$answer")"
	exit 1
fi
