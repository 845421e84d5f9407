#!/usr/bin/env bash
# Checks a data file or a table; `make fsck` calls it with DATA or TABLE and, as
# they are wanted, UPGRADE, HEADS and KEEP.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${TABLE:-}" ] && [ -z "${AWS_ACCESS_KEY_ID:-}" ]; then
	credentials=$(aws configure export-credentials --format env)
	eval "$credentials"
fi
if [ -n "${TABLE:-}" ] && [ -z "${AWS_REGION:-}" ]; then
	AWS_REGION=${AWS_DEFAULT_REGION:-$(aws configure get region)}
	export AWS_REGION
fi

mkdir -p .build
go build -o .build/fsck ./infra/fsck
exec .build/fsck ${DATA:+-data "$DATA"} ${TABLE:+-table "$TABLE"} \
	${UPGRADE:+-upgrade} ${HEADS:+-heads "$HEADS"} ${KEEP:+-keep "$KEEP"}
