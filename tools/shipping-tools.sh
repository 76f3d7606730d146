#!/bin/sh
# Builds what receives the telemetry in `make test-shipping` into .bin/shipping: an
# OpenTelemetry Collector, VictoriaLogs and the reader of Alloy's language. About five
# minutes on two cores, once; afterwards only what has changed.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.bin/shipping
mkdir -p "$folder"

# build MODULE PACKAGE builds with one module's own versions, and lets others work beside it.
build() {
	CGO_ENABLED=0 nice go -C "e2e/shipping/$1" build -p 2 -trimpath -ldflags "-s -w" -o "$folder/" "$2"
}
build collector .
build victorialogs github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs
build alloy .
