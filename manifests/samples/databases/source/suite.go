package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"
)

// suite runs tests one after the other, says how each went and reports them as JUnit does.
type suite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Seconds  seconds    `xml:"time,attr"`
	Cases    []testcase `xml:"testcase"`
}

type testcase struct {
	Suite   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Seconds seconds  `xml:"time,attr"`
	Failure *failure `xml:"failure"`
}

type failure struct {
	Message string `xml:"message,attr"`
}

type seconds float64

func (s seconds) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("%.3f", float64(s))), nil }

// test is what a running test says how it went with; its methods end the test that fails.
type test struct {
	ctx context.Context
}

func (t *test) must(err error) {
	if err != nil {
		panic(failure{err.Error()})
	}
}

func (t *test) refused(what string, err error) {
	if err == nil {
		panic(failure{what + " should have been refused"})
	}
}

func (t *test) equal(what string, actual, expected interface{}) {
	if !reflect.DeepEqual(actual, expected) {
		panic(failure{fmt.Sprintf("%s: %v, expected %v", what, actual, expected)})
	}
}

func (s *suite) run(name string, body func(*test)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	began := time.Now()
	result := outcome(ctx, body)
	took := seconds(time.Since(began).Seconds())
	s.Cases = append(s.Cases, testcase{s.Name, name, took, result})
	s.Tests++
	s.Seconds += took
	if result == nil {
		fmt.Printf("ok: %s (%.3f s)\n", name, float64(took))
	} else {
		s.Failures++
		fmt.Printf("FAILED: %s: %s\n", name, result.Message)
	}
}

func outcome(ctx context.Context, body func(*test)) (result *failure) {
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case failure:
			result = &reason
		default:
			panic(reason)
		}
	}()
	body(&test{ctx})
	return nil
}

// finish writes the report if there is a file for it; an error if a test failed.
func (s *suite) finish(file string) error {
	if file != "" {
		report, err := xml.MarshalIndent(s, "", "  ")
		if err == nil {
			err = os.MkdirAll(filepath.Dir(file), 0o777)
		}
		if err == nil {
			err = os.WriteFile(file, append([]byte(xml.Header), report...), 0o666)
		}
		if err != nil {
			return fmt.Errorf("cannot write the report: %w", err)
		}
	}
	fmt.Printf("%s: %d tests, %d failed\n", s.Name, s.Tests, s.Failures)
	if s.Failures > 0 {
		return errors.New("tests failed")
	}
	return nil
}
