package main

import (
	"errors"
	"strings"
)

// testLedger runs every case on new tables.
func testLedger(address, report string) error {
	if address == "" {
		return errors.New("--database: must be given, for example sqlite:/tmp/test.db")
	}
	ledgers := &suite{Name: "ledger." + strings.SplitN(address, ":", 2)[0]}
	for _, each := range ledgerCases {
		ledgers.run(each.name, func(t *test) {
			ledger, err := NewLedger(t.ctx, address)
			t.must(err)
			defer ledger.Close()
			each.run(&ledgerTest{t, ledger, address})
		})
	}
	return ledgers.finish(report)
}

// ledgerTest has an empty ledger, and the URL at which another connection finds it.
type ledgerTest struct {
	*test
	ledger  *Ledger
	address string
}

var ledgerCases = []struct {
	name string
	run  func(*ledgerTest)
}{
	{"an account has what was paid in", func(t *ledgerTest) {
		t.open("Ada", 500)
		t.hasBalance("Ada", 500)
	}},
	{"an owner's name may be of any script", func(t *ledgerTest) {
		t.open("Zoë 雪 Ωμέγα", 1)
		t.hasBalance("Zoë 雪 Ωμέγα", 1)
	}},
	{"a name is data, not SQL", func(t *ledgerTest) {
		t.open("'; DROP TABLE accounts; --", 1)
		t.hasBalance("'; DROP TABLE accounts; --", 1)
	}},
	{"nobody has two accounts", func(t *ledgerTest) {
		t.open("Ada", 500)
		t.refused("a second account", t.ledger.OpenAccount(t.ctx, "Ada", 1))
		t.hasBalance("Ada", 500)
	}},
	{"a transfer moves money", func(t *ledgerTest) {
		t.openTwo()
		t.transfer(200, nil)
		t.hasBalance("Ada", 300)
		t.hasBalance("Bob", 200)
	}},
	{"an account cannot be overdrawn", func(t *ledgerTest) {
		t.openTwo()
		t.refused("a transfer of more than there is", t.ledger.Transfer(t.ctx, "Ada", "Bob", 501, nil))
		t.hasBalance("Ada", 500)
		t.hasBalance("Bob", 0)
	}},
	{"a transfer to nobody changes nothing", func(t *ledgerTest) {
		t.openTwo()
		t.refused("a transfer to nobody", t.ledger.Transfer(t.ctx, "Ada", "Eve", 1, nil))
		t.hasBalance("Ada", 500)
	}},
	{"a note may be left out", func(t *ledgerTest) {
		t.openTwo()
		t.transfer(1, nil)
		notes, err := t.ledger.Notes(t.ctx)
		t.must(err)
		t.equal("notes", notes, []*string{nil})
	}},
	{"an empty note is a note", func(t *ledgerTest) {
		t.openTwo()
		empty := ""
		t.transfer(1, &empty)
		notes, err := t.ledger.Notes(t.ctx)
		t.must(err)
		t.equal("notes", notes, []*string{&empty})
	}},
	{"accounts are listed by their owners", func(t *ledgerTest) {
		t.open("Cy", 3)
		t.openTwo()
		accounts, err := t.ledger.Accounts(t.ctx)
		t.must(err)
		t.equal("accounts", accounts, []Account{{"Ada", 500}, {"Bob", 0}, {"Cy", 3}})
	}},
	{"what was received is summed up", func(t *ledgerTest) {
		t.openTwo()
		t.transfer(20, nil)
		t.transfer(22, nil)
		received, err := t.ledger.Received(t.ctx)
		t.must(err)
		t.equal("received", received, []Account{{"Bob", 42}})
	}},
	{"nobody sees half of a transfer", func(t *ledgerTest) {
		t.openTwo()
		other, err := ConnectLedger(t.address)
		t.must(err)
		defer other.Close()
		transaction, err := t.ledger.db.BeginTx(t.ctx, nil)
		t.must(err)
		defer transaction.Rollback()
		t.must(t.ledger.move(t.ctx, transaction, "Ada", "Bob", 200, nil))
		(&ledgerTest{t.test, other, t.address}).hasBalance("Bob", 0)
		t.must(transaction.Commit())
		(&ledgerTest{t.test, other, t.address}).hasBalance("Bob", 200)
	}},
	{"transfers at the same time lose nothing", func(t *ledgerTest) {
		t.openTwo()
		const transfers = 20
		results := make(chan error, transfers)
		for i := 0; i < transfers; i++ {
			go func() { results <- t.ledger.Transfer(t.ctx, "Ada", "Bob", 10, nil) }()
		}
		for i := 0; i < transfers; i++ {
			t.must(<-results)
		}
		t.hasBalance("Ada", 300)
		t.hasBalance("Bob", 200)
	}},
}

func (t *ledgerTest) openTwo() {
	t.open("Ada", 500)
	t.open("Bob", 0)
}

func (t *ledgerTest) open(owner string, cents int64) {
	t.must(t.ledger.OpenAccount(t.ctx, owner, cents))
}

func (t *ledgerTest) transfer(cents int64, note *string) {
	t.must(t.ledger.Transfer(t.ctx, "Ada", "Bob", cents, note))
}

func (t *ledgerTest) hasBalance(owner string, expected int64) {
	cents, err := t.ledger.Balance(t.ctx, owner)
	t.must(err)
	t.equal("balance of "+owner, cents, expected)
}
