#!/bin/bash
# Makes the roles of the stack, before the ingestion and each time anew: also a
# volume of an earlier version, where all belongs to POSTGRES_USER, has them then.
set -euo pipefail

# The server may be starting; whether the login is right is what psql finds out.
for _ in $(seq 360); do
	if pg_isready --quiet; then break; fi
	sleep 0.5
done

# Two at once would wait for each other, not fail.
exec psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 --single-transaction \
	--command "SET lock_timeout = '30s'" \
	--command 'SELECT pg_advisory_xact_lock(hashtext($$liftoff roles$$))' \
	--file /liftoff/roles.sql --file /liftoff/hand-over.sql
