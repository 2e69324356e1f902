# make test: everything that is tested, on a cluster of its own. make demo: a look at Hearth. make stop: ends both.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: test soak demo bench stop format manifests pin testbed

# JDK 25: JAVA_HOME if it is one, else the first that is installed where JDKs usually are.
export JAVA_HOME := $(shell src/testbed/jdk)
MVN := mvn -B -ntp

test: testbed
	. target/testbed.env; $(MVN) verify

# The operator killed KILLS times, more often than make test does.
soak: KILLS ?= 500
soak: testbed
	. target/testbed.env; $(MVN) verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=KilledIT -Dhearth.kills=$(KILLS)

demo: testbed
	. target/testbed.env; $(MVN) -q package -DskipTests exec:java -Dexec.mainClass=dev.hearth.demo.Demo

bench: testbed
	. target/testbed.env; $(MVN) -q package -DskipTests exec:java -Dexec.mainClass=dev.hearth.demo.Bench
	. target/testbed.env; $(MVN) -q exec:java -Dexec.mainClass=dev.hearth.demo.SeedBench

testbed:
	@test -n "$(JAVA_HOME)" || { echo "needs JDK 25: install one, or set JAVA_HOME to it" >&2; exit 1; }
	src/testbed/prepare

# Custom resource definitions, chart and install manifests from the code.
manifests:
	$(MVN) -q package -DskipTests
	. target/testbed.env; charts/render

# For a release: images of the chart by digest, as their registries have them now.
pin:
	charts/pin
	. target/testbed.env; charts/render

format:
	$(MVN) -q spotless:apply

stop:
	src/testbed/stop
