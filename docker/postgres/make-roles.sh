#!/bin/bash
# Makes the roles of the stack before each ingestion, also in a volume of an
# earlier version, in which everything belongs to POSTGRES_USER. It logs in over the
# server's socket, for which the image asks for no password.
set -euo pipefail

# With the lock, two of these scripts take turns; without it one could fail.
exec psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 --single-transaction \
	--command "SET lock_timeout = '30s'" \
	--command 'SELECT pg_advisory_xact_lock(hashtext($$liftoff roles$$))' \
	--file /liftoff/roles.sql --file /liftoff/hand-over.sql --file /liftoff/passwords.sql
