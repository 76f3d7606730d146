#!/bin/sh
# Runs the given govulncheck over the module. A vulnerability that the program
# can reach fails; a machine from which the database cannot be reached does
# not, and is told so in one line.
set -eu

if output=$("$1" ./... 2>&1); then
	echo "$output"
	exit 0
fi
case $output in
*"fetching vulnerabilities"*)
	echo "vuln: not checked, because the vulnerability database cannot be reached from here"
	;;
*)
	echo "$output"
	exit 1
	;;
esac
