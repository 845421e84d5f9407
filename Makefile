.DEFAULT_GOAL := help
.PHONY: help run test race lint bench demo catalog documents

# Tools have a go.mod of their own, so that what they need stays out of the product's.
TOOL := go tool -modfile=.ci/tools.mod

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the whole product on this machine
	@go run ./infra/local

test: ## every test; what was left out is named at the end
	@.ci/test

race: ## every test under the race detector (needs a C compiler)
	@.ci/test -race

lint: ## golangci-lint (the first run builds it, some two minutes)
	@$(TOOL) golangci-lint run

documents: ## write docs/errors.md and the API's description anew from the code
	@go test ./pkg/describe -update

bench: ## speed, beside its goals (the first run writes a million integrations)
	@go run ./infra/local/bench

demo: ## the life of an integration against a throw-away runner
	@go run ./infra/local/demo

catalog: ## what compiles from CATALOG=<OpenAPI files or folder>, and what is refused
	@go run ./infra/catalog $(CATALOG)
