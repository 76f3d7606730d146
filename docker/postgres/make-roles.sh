#!/bin/bash
# Makes the roles of the stack before each ingestion, also in a volume of an
# earlier version, in which everything belongs to POSTGRES_USER.
set -euo pipefail

# The server may still be starting. If the login is wrong, psql says so below.
for _ in $(seq 360); do
	if pg_isready --quiet; then break; fi
	sleep 0.5
done

# With the lock, two of these scripts take turns; without it one could fail.
exec psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 --single-transaction \
	--command "SET lock_timeout = '30s'" \
	--command 'SELECT pg_advisory_xact_lock(hashtext($$liftoff roles$$))' \
	--file /liftoff/roles.sql --file /liftoff/hand-over.sql
