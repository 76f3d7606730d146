#!/bin/bash
# Starts Trino, which takes a password from its environment and from no file.
set -euo pipefail
POSTGRES_PASSWORD=$(</run/secrets/postgres_password)
export POSTGRES_PASSWORD
exec /usr/lib/trino/bin/run-trino
