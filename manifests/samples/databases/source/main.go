// A small ledger that keeps its accounts in any of three databases, and all that tests it, in one binary.
package main

import (
	"flag"
	"fmt"
	"os"
)

const usage = `usage:
  tests run --database URL [--report FILE]       tests the ledger on a database: sqlite:FILE, postgresql://... or mysql://...
  tests serve [--port PORT]                      serves a page about a ledger in memory
  tests browse --url URL [--browser COMMAND] [--report FILE]
                                                 tests that page in a headless Chromium
  tests examples --list | --run NAME             lists the examples as JSON, or runs one`

func main() {
	if len(os.Args) < 2 {
		fail(usage)
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	database := flags.String("database", "", "URL of the database to test on")
	report := flags.String("report", "", "file to write a JUnit report to")
	port := flags.Int("port", 8080, "port to serve on")
	address := flags.String("url", "", "URL of the page to test")
	browser := flags.String("browser", "headless-shell", "the browser's command")
	list := flags.Bool("list", false, "list the examples as JSON")
	name := flags.String("run", "", "example to run")

	var command func() error
	switch os.Args[1] {
	case "run":
		command = func() error { return testLedger(*database, *report) }
	case "serve":
		command = func() error { return serve(*port) }
	case "browse":
		command = func() error { return testPage(*browser, *address, *report) }
	case "examples":
		command = func() error {
			if *list {
				return listExamples(os.Stdout)
			}
			return runExample(*name)
		}
	default:
		fail(usage)
	}
	flags.Parse(os.Args[2:])
	if err := command(); err != nil {
		fail(err)
	}
}

func fail(reason interface{}) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
