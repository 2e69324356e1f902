package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// A Ledger keeps accounts, and the transfers between them, in a database.
type Ledger struct {
	db    *sql.DB
	query func(string) string // as the database wants a query written
}

// Account is an owner and a balance.
type Account struct {
	Owner string `json:"owner"`
	Cents int64  `json:"cents"`
}

var tables = []string{
	`DROP TABLE IF EXISTS transfers`,
	`DROP TABLE IF EXISTS accounts`,
	`CREATE TABLE accounts (
		owner VARCHAR(50) PRIMARY KEY,
		cents BIGINT NOT NULL,
		CHECK (cents >= 0))`,
	`CREATE TABLE transfers (
		source VARCHAR(50) NOT NULL,
		target VARCHAR(50) NOT NULL,
		cents BIGINT NOT NULL,
		note VARCHAR(200),
		CHECK (cents > 0),
		FOREIGN KEY (source) REFERENCES accounts (owner),
		FOREIGN KEY (target) REFERENCES accounts (owner))`,
}

// NewLedger connects to a database and creates new tables.
func NewLedger(ctx context.Context, address string) (*Ledger, error) {
	ledger, err := ConnectLedger(address)
	if err != nil {
		return nil, err
	}
	for _, statement := range tables {
		if _, err := ledger.db.ExecContext(ctx, statement); err != nil {
			ledger.Close()
			return nil, fmt.Errorf("cannot make the tables: %w", err)
		}
	}
	return ledger, nil
}

// ConnectLedger connects to a database that has the tables.
func ConnectLedger(address string) (*Ledger, error) {
	db, err := Open(address)
	if err != nil {
		return nil, err
	}
	query := func(query string) string { return query }
	if strings.HasPrefix(address, "postgresql:") {
		query = numbered
	}
	return &Ledger{db, query}, nil
}

// Close ends the connection.
func (l *Ledger) Close() { l.db.Close() }

// OpenAccount begins an account with what is paid in.
func (l *Ledger) OpenAccount(ctx context.Context, owner string, cents int64) error {
	_, err := l.db.ExecContext(ctx, l.query(`INSERT INTO accounts (owner, cents) VALUES (?, ?)`), owner, cents)
	return err
}

// Balance is what an account has.
func (l *Ledger) Balance(ctx context.Context, owner string) (cents int64, err error) {
	err = l.db.QueryRowContext(ctx, l.query(`SELECT cents FROM accounts WHERE owner = ?`), owner).Scan(&cents)
	return cents, err
}

// Transfer moves money and notes it, or fails and changes nothing.
func (l *Ledger) Transfer(ctx context.Context, source, target string, cents int64, note *string) error {
	transaction, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer transaction.Rollback() // does nothing after Commit
	if err := l.move(ctx, transaction, source, target, cents, note); err != nil {
		return err
	}
	return transaction.Commit()
}

func (l *Ledger) move(ctx context.Context, tx *sql.Tx, source, target string, cents int64, note *string) error {
	pay := l.query(`UPDATE accounts SET cents = cents + ? WHERE owner = ?`)
	if _, err := tx.ExecContext(ctx, pay, -cents, source); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, pay, cents, target); err != nil {
		return err
	}
	// Fails for an account that there is not, which the updates do not notice.
	_, err := tx.ExecContext(ctx,
		l.query(`INSERT INTO transfers (source, target, cents, note) VALUES (?, ?, ?, ?)`), source, target, cents, note)
	return err
}

// Accounts lists all accounts by their owners.
func (l *Ledger) Accounts(ctx context.Context) ([]Account, error) {
	return l.accounts(ctx, `SELECT owner, cents FROM accounts ORDER BY owner`)
}

// Received says what each account got by transfers, of those that got any.
func (l *Ledger) Received(ctx context.Context) ([]Account, error) {
	return l.accounts(ctx, `
		SELECT a.owner, SUM(t.cents) FROM accounts a JOIN transfers t ON t.target = a.owner
		GROUP BY a.owner ORDER BY a.owner`)
}

func (l *Ledger) accounts(ctx context.Context, query string) ([]Account, error) {
	rows, err := l.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	accounts := []Account{}
	for rows.Next() {
		var account Account
		if err := rows.Scan(&account.Owner, &account.Cents); err != nil {
			return nil, err
		}
		accounts = append(accounts, account)
	}
	return accounts, rows.Err()
}

// Notes lists the notes of all transfers; nil for those without.
func (l *Ledger) Notes(ctx context.Context) ([]*string, error) {
	rows, err := l.db.QueryContext(ctx, `SELECT note FROM transfers`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var notes []*string
	for rows.Next() {
		var note *string
		if err := rows.Scan(&note); err != nil {
			return nil, err
		}
		notes = append(notes, note)
	}
	return notes, rows.Err()
}
