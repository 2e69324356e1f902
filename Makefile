# `make` or `make help` lists what can be done.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help unit agent it lint format manifests test soak mutation bench demo run debug stop pin testbed

# JDK 25: JAVA_HOME if it is one, else the first that is installed where JDKs usually are.
export JAVA_HOME := $(shell src/testbed/jdk)
# An installed Maven, else the wrapper, which downloads the pinned one.
MVN := $(shell command -v mvn || echo ./mvnw) -B -ntp
# Which tests: a class, Class#method, or several with commas.
TEST ?=

help: ## Lists the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

unit: jdk ## Compiles without the compiler's checks, runs quick unit tests; TEST=RefPatternTest runs one
	MAVEN_OPTS="$${MAVEN_OPTS:-} -XX:TieredStopAtLevel=1 -XX:+UseParallelGC" $(MVN) -q -Pquick -Dspotless.check.skip \
	  $(if $(TEST),-Dtest='$(TEST)' -Dslow.tests=) test

it: testbed ## Runs a test class on a cluster: make it TEST=HelloE2E, or TEST=SchemaIT#method
	@test -n "$(TEST)" || { echo "which test? For example: make it TEST=HelloE2E" >&2; exit 1; }
	. target/testbed.env; $(MVN) verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dit.test='$(TEST)'

lint: jdk ## Checks shell scripts, YAML, and the format of Java and pom.xml
	.ci/lint
	$(MVN) -q spotless:check

format: jdk ## Formats Java and pom.xml
	$(MVN) -q spotless:apply

manifests: jdk ## Generates CRDs, chart, install manifests and reference pages from the code
	$(MVN) -q package -DskipTests
	$(MVN) -q surefire:test -Dtest='*PageTest' -Dhearth.pages=write
	. target/testbed.env; charts/render

agent: ## Checks and tests the program in the pods (Go)
	cd src/agent && export GOFLAGS=-buildvcs=false && go vet ./... && go vet -tags e2e,faults ./... && go tool staticcheck ./... && go test -race ./...

test: testbed agent ## Runs all tests, on a cluster of their own
	. target/testbed.env; $(MVN) verify

soak: KILLS ?= 500
soak: testbed ## Kills the operator KILLS times (500), and the daemon of a volume at each point where it can be killed
	. target/testbed.env; $(MVN) verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=KilledIT,VolumeE2E -Dhearth.kills=$(KILLS) -Dhearth.every=1

mutation: PACKAGE ?= dev.hearth.core.*
mutation: jdk ## Lists changes of pure code that no unit test notices: make mutation PACKAGE='dev.hearth.core.retention.*'
	$(MVN) -q test-compile
	$(MVN) -Pmutation -Dmutated='$(PACKAGE)' org.pitest:pitest-maven:mutationCoverage

bench: testbed ## Measures what Hearth adds to the same pods made by hand, what a run costs the API server, what each way of seeding costs, the operator's start, and polling
	. target/testbed.env; $(MVN) -q package -DskipTests exec:java -Dexec.mainClass=dev.hearth.demo.Bench
	. target/testbed.env; $(MVN) -q exec:java -Dexec.mainClass=dev.hearth.demo.RunCostBench
	. target/testbed.env; $(MVN) -q exec:java -Dexec.mainClass=dev.hearth.demo.SeedBench
	. target/testbed.env; $(MVN) -q exec:java -Dexec.mainClass=dev.hearth.demo.StartBench
	. target/testbed.env; $(MVN) -q exec:java -Dexec.mainClass=dev.hearth.demo.PollBench
	. target/testbed.env; MAVEN_OPTS="-XX:+UseSerialGC -XX:+UseStringDeduplication -XX:+UseCompactObjectHeaders" $(MVN) -q exec:java -Dexec.mainClass=dev.hearth.demo.RunMemoryBench

demo: testbed ## Starts a cluster with Hearth in it and runs a sample pipeline three times
	. target/testbed.env; $(MVN) -q package -DskipTests exec:java -Dexec.mainClass=dev.hearth.demo.Demo

run: jdk ## Runs the operator from the code on this machine, against the demo's cluster or HEARTH_KUBECONFIG
	src/testbed/operator

debug: jdk ## The same, and waits for a debugger on localhost:5005
	src/testbed/operator debug

stop: ## Ends the demo, its cluster, and the Docker engine that was started for it
	src/testbed/stop

pin: ## For a release: names the chart's images by digest
	charts/pin
	. target/testbed.env; charts/render

testbed: jdk ## Prepares what a test cluster needs, and writes target/testbed.env
	src/testbed/prepare

.PHONY: jdk
jdk:
	@test -n "$(JAVA_HOME)" || { echo "needs JDK 25: install one, or set JAVA_HOME to it" >&2; exit 1; }
