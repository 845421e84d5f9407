#!/usr/bin/env bash
# Says what a deployment from this machine would miss, and what to do about it.
set -uo pipefail
missing=0

check() { # what, advice, command
	local what=$1 advice=$2
	shift 2
	local found
	if found=$("$@" 2>&1) && [ -n "$found" ]; then
		printf 'ok       %-12s %s\n' "$what" "${found%%$'\n'*}"
	else
		printf 'MISSING  %-12s %s\n' "$what" "$advice"
		missing=1
	fi
}

region() { printf '%s' "${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}"; }
bootstrap() { aws ssm get-parameter --name /cdk-bootstrap/hnb659fds/version --query Parameter.Value --output text; }

check Go 'install the release that go.mod names: https://go.dev/dl' go version
check Node 'install a supported release: https://nodejs.org' node --version
check npm 'it comes with Node' npm --version
check 'AWS CLI' 'install version 2: https://aws.amazon.com/cli' aws --version
check credentials 'sign in, as with "aws sso login" or "aws configure"' aws sts get-caller-identity --query Arn --output text
check region 'export AWS_REGION' region
check bootstrap 'run "make bootstrap", once for each account and region' bootstrap
exit $missing
