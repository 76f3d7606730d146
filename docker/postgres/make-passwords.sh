#!/bin/bash
# Writes the password of each login of the stack into a volume of its own, which
# only the services that log in with it mount.
set -euo pipefail
umask 022

# POSTGRES_PASSWORD, if it is set, else the file of the setting POSTGRES_PASSWORD_FILE.
given=$(</given-password)
superuser=${given#POSTGRES_PASSWORD=}
[[ -n $superuser ]] || superuser=$(</run/secrets/postgres_password)
if [[ -z $superuser ]]; then
	echo "the file of POSTGRES_PASSWORD_FILE is empty" >&2
	exit 1
fi
printf %s "$superuser" >/passwords/superuser/postgres_password

# Nobody types these: they are random, and stay until the volume is deleted.
for login in ingestion trino reader; do
	file=/passwords/$login/postgres_password
	[[ -s $file ]] || head -c 24 /dev/urandom | base64 -w 0 >"$file"
done
