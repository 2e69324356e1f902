package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Examples of SQL, each with what it must result in; run on a ledger in memory.
var examples = []struct {
	name     string
	query    string
	expected string
}{
	{"aggregate", `SELECT COUNT(*), SUM(cents) FROM accounts`, "2|500"},
	{"join", `
		SELECT a.owner, t.cents FROM accounts a JOIN transfers t ON t.target = a.owner`, "Bob|150"},
	{"outer-join", `
		SELECT a.owner, COALESCE(t.cents, 0) FROM accounts a LEFT JOIN transfers t ON t.target = a.owner
		ORDER BY a.owner`, "Ada|0\nBob|150"},
	{"subquery", `SELECT owner FROM accounts WHERE cents = (SELECT MAX(cents) FROM accounts)`, "Ada"},
	{"union", `SELECT source FROM transfers UNION SELECT target FROM transfers ORDER BY 1`, "Ada\nBob"},
	{"window", `
		SELECT owner, RANK() OVER (ORDER BY cents DESC) FROM accounts ORDER BY owner`, "Ada|1\nBob|2"},
	{"recursive", `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT SUM(i) FROM n`, "10"},
}

// listExamples writes a cell of a test matrix for each example.
func listExamples(output io.Writer) error {
	cells := []map[string]string{}
	for _, example := range examples {
		cells = append(cells, map[string]string{"example": example.name})
	}
	return json.NewEncoder(output).Encode(cells)
}

func runExample(name string) error {
	for _, example := range examples {
		if example.name != name {
			continue
		}
		result, err := resultOf(example.query)
		if err != nil {
			return err
		}
		fmt.Println(result)
		if result != example.expected {
			return fmt.Errorf("expected:\n%s", example.expected)
		}
		return nil
	}
	return fmt.Errorf("--run: there is no example %q, see examples --list", name)
}

// resultOf has a line for each row, with a | between the columns.
func resultOf(query string) (string, error) {
	ledger, err := exampleLedger(context.Background())
	if err != nil {
		return "", err
	}
	defer ledger.Close()
	rows, err := ledger.db.Query(query)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var lines []string
	for rows.Next() {
		fields := make([]string, len(columns))
		targets := make([]interface{}, len(columns))
		for i := range fields {
			targets[i] = &fields[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return "", err
		}
		lines = append(lines, strings.Join(fields, "|"))
	}
	return strings.Join(lines, "\n"), rows.Err()
}
