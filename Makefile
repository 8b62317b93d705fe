# The commands of Keyfold. "make help" lists them; .ci/run calls the same ones.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := quick

LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
# One throw-away PostgreSQL server for all tests of a command.
PG := go run ./internal/pgtest/cmd/pgtest --
# Where goroutines meet. The race detector makes hashing ten times slower.
RACE = ./internal/store/... ./internal/outbox ./internal/password ./internal/smtpclient ./internal/mailsink ./internal/signin ./internal/web
E2E = $$(go list ./... | grep '/e2e')
CODE = $$(go list ./... | grep -v '/e2e')
QUICK = $$(go list ./... | grep -v -e '/e2e' -e '/pgtest' -e '/deploy$$' -e '/docs/manual$$')

SCREENSHOTS ?= build/screenshots
SECONDS_EACH ?= 30
export KEYFOLD_TORTURE ?= 1000
.PHONY: help quick demo deps generate vet lint test bench torture screenshots shots golden fuzz

help: ## list the commands
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

quick: generate lint ## (default) what one runs before each commit; tests on SQLite only
	KEYFOLD_TEST_ENGINES=sqlite go test $(QUICK)

demo: ## Keyfold with demo customers on SQLite; it prints where to look
	go run ./cmd/keyfold demo

deps: ## install what the tests need: PostgreSQL, MariaDB, Chromium, nginx, systemd, axe-core
	scripts/deps

generate: ## write the code of the templates
	go tool templ generate

vet: ## go vet
	go vet ./...

lint: vet ## format and lint rules, and that what is generated is up to date
	scripts/generated
	$(LINT) run

test: vet ## everything: both databases, race detector, browser, racing and killed processes
	$(PG) go test -timeout 30m $(CODE)
	$(PG) go test -race -timeout 30m $(RACE)
	$(PG) go test -timeout 40m $(E2E)

bench: ## the figures of docs/performance.md
	$(PG) go run ./e2e/bench

torture: ## the long rounds: KEYFOLD_TORTURE says how many
	$(PG) go test -timeout 0 -v ./e2e -args -torture
	$(PG) go test -timeout 0 -v ./e2e/walk -args -steps 1000000

screenshots: ## each page in a browser, as pictures in SCREENSHOTS
	$(PG) go test -count 1 -timeout 20m -run TestScreenshots ./e2e -args -screenshots "$(abspath $(SCREENSHOTS))"

shots: ## the pictures of the help articles whose pages have changed; then look at them
	go test ./internal/web/portal -count 1 -run TestPicturesShowThePagesOfToday -args -shots

golden: ## write the expected mails and documents anew; then read the diff
	scripts/golden

fuzz: ## each fuzz test for SECONDS_EACH
	scripts/fuzz $(SECONDS_EACH)
