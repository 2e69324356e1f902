package main

import (
	"database/sql"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	_ "github.com/lib/pq"
	_ "github.com/mattn/go-sqlite3"
)

// Open connects to sqlite:FILE, postgresql://USER:PASSWORD@HOST:PORT/NAME or mysql://USER:PASSWORD@HOST:PORT/NAME.
func Open(address string) (*sql.DB, error) {
	location, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	switch location.Scheme {
	case "sqlite":
		db, err := sql.Open("sqlite3", "file:"+location.Opaque+location.Path+"?_foreign_keys=on&_busy_timeout=5000")
		if err == nil {
			db.SetMaxOpenConns(1) // each connection to :memory: is a database of its own
		}
		return db, err
	case "postgresql":
		return sql.Open("postgres", address)
	case "mysql":
		config := mysql.NewConfig()
		config.Net, config.Addr = "tcp", location.Host
		config.User = location.User.Username()
		config.Passwd, _ = location.User.Password()
		config.DBName = strings.TrimPrefix(location.Path, "/")
		return sql.Open("mysql", config.FormatDSN())
	default:
		return nil, fmt.Errorf("database %q: starts with none of sqlite:, postgresql: and mysql:", address)
	}
}

// numbered has $1, $2... for question marks, which is how PostgreSQL wants its parameters.
func numbered(query string) string {
	parts := strings.Split(query, "?")
	var result strings.Builder
	result.WriteString(parts[0])
	for i, part := range parts[1:] {
		result.WriteString("$" + strconv.Itoa(i+1) + part)
	}
	return result.String()
}
