.DEFAULT_GOAL := help
.PHONY: help run test race lint bench demo screenshots catalog documents fsck
.PHONY: build app bootstrap synth diff deploy destroy outputs admin doctor test-infra smoke lint-template

# Tools have a go.mod of their own, so that what they need stays out of the product's.
TOOL := go tool -modfile=.ci/tools.mod

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the whole product on this machine
	@mkdir -p .build && go build -o .build/local ./infra/local && exec .build/local

test: ## every test; what was left out is named at the end
	@.ci/test

race: ## the tests that run in one process, but for the browser's, under the race detector (needs a C compiler)
	@.ci/test -race

lint: ## golangci-lint (the first run builds it, some two minutes)
	@$(TOOL) golangci-lint run ./docs ./functions/... ./pkg/... ./infra/build ./infra/catalog ./infra/fsck ./infra/local/... ./infra/smoke

documents: ## write docs/errors.md, docs/events and the API's description anew from the code
	@go test ./pkg/describe -update

bench: ## speed, beside its goals (the first run writes a million integrations)
	@go run ./infra/local/bench

demo: ## the life of an integration against a throw-away runner
	@go run ./infra/local/demo

screenshots: ## write the pictures of the console in docs/screenshots anew (needs Chromium)
	@go test ./infra/local/stories -count=1 -run TestPictures -write

catalog: ## what compiles from CATALOG=<OpenAPI files or folder>, and what is refused
	@go run ./infra/catalog $(CATALOG)

fsck: ## check what is stored: DATA=<file or folder> or TABLE=<name> (docs/audit.md)
	@DATA="$(DATA)" TABLE="$(TABLE)" UPGRADE="$(UPGRADE)" HEADS="$(HEADS)" KEEP="$(KEEP)" infra/fsck.sh

STAGE ?= dev
CATALOG ?= pkg/contacts/openapi.yaml

# The settings of docs/deploy.md: CONTEXT="tokenPrefix=acme webRate=2000".
SETTINGS := stage=$(STAGE) $(if $(UPSTREAM),upstream=$(UPSTREAM)) $(CONTEXT)
# The CDK's command line lies where Go does not look for packages: it brings
# templates of Go files.
CLI := .build/cdk/node_modules/.bin/cdk
CDK = cd infra && CDK_DISABLE_CLI_TELEMETRY=true ../$(CLI)

build: ## zips of the functions in dist/, with the catalogue of CATALOG
	@mkdir -p dist
	@go run ./infra/catalog -o dist/catalog.json $(subst :, ,$(CATALOG))
	@go run ./infra/build

app: build $(CLI)
	@go build -o dist/infra ./infra

$(CLI): infra/package.json infra/package-lock.json
	@mkdir -p .build/cdk
	@cp infra/package.json infra/package-lock.json .build/cdk
	@npm ci --prefix .build/cdk --no-audit --no-fund
	@touch $@

bootstrap: app ## prepare the AWS account and region that are signed in, once
	@$(CDK) bootstrap

synth: app ## the CloudFormation template of STAGE, in cdk.out/
	@$(CDK) synth --quiet $(SETTINGS:%=-c %)

diff: app ## what deploying STAGE would change
	@$(CDK) diff $(SETTINGS:%=-c %)

deploy: app ## STAGE into the AWS account that is signed in: STAGE= CATALOG= UPSTREAM=
	@$(CDK) deploy $(SETTINGS:%=-c %)

destroy: app ## take STAGE down: all of dev; other stages keep what is stored
	@$(CDK) destroy $(SETTINGS:%=-c %)

outputs: ## the addresses of STAGE
	@aws cloudformation describe-stacks --stack-name private-integrations-$(STAGE) \
		--query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output table

admin: ## invite the first admin of an account: STAGE= ACCOUNT= EMAIL=
	@infra/admin.sh "$(STAGE)" "$(ACCOUNT)" "$(EMAIL)"

smoke: ## try a deployed or local stack from outside: API= MANAGE= TOKEN= (JWT=)
	@go run ./infra/smoke -api "$(API)" -manage "$(MANAGE)" -token "$(TOKEN)" $(if $(JWT),-jwt "$(JWT)")

lint-template: app ## cfn-lint and sam validate on the templates (needs Python, which fetches both)
	@for stage in dev prod; do \
		(cd infra && CDK_DISABLE_CLI_TELEMETRY=true ../$(CLI) synth --quiet -c stage=$$stage) && \
		.ci/lint-template cdk.out/private-integrations-$$stage.template.json || exit 1; \
	done

doctor: ## what this machine misses for a deployment
	@infra/doctor.sh

test-infra: ## the CDK app's own tests (needs Node; the first run compiles for minutes)
	@JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 go test ./infra
