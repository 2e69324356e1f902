package main

import (
	"errors"
	"fmt"
)

// testPage uses the page like a user with a browser.
func testPage(command, address, report string) error {
	if address == "" {
		return errors.New("--url: must be given, for example http://localhost:8080/")
	}
	pages := &suite{Name: "page"}
	for _, each := range pageCases {
		pages.run(each.name, func(t *test) {
			browser, err := StartBrowser(t.ctx, command)
			t.must(err)
			defer browser.Close()
			t.must(browser.Open(address))
			each.run(&pageTest{t, browser})
		})
	}
	return pages.finish(report)
}

// pageTest has the page open.
type pageTest struct {
	*test
	browser *Browser
}

var pageCases = []struct {
	name string
	run  func(*pageTest)
}{
	{"lists the accounts", func(t *pageTest) {
		t.until(`byId("accounts").children.length > 0`)
		t.shows(`byId("accounts").children[0].textContent`, "Ada has 3.50")
		t.shows(`byId("accounts").children[1].textContent`, "Bob has 1.50")
	}},
	{"opens an account and lists it", func(t *pageTest) {
		t.open("Grace")
		t.until(`[...byId("accounts").children].some(account => account.textContent === "Grace has 0.00")`)
		t.shows(`byId("problem").value`, "")
	}},
	{"says that somebody has an account already", func(t *pageTest) {
		t.open("Ada")
		t.until(`byId("problem").value !== ""`)
		t.shows(`byId("problem").value`, "Ada has an account already")
	}},
}

// open fills in the form and sends it.
func (t *pageTest) open(owner string) {
	var clicked bool
	t.must(t.browser.Evaluate(fmt.Sprintf(`byId("owner").value = %q; byId("open").click(); true`, owner), &clicked))
}

// until waits for what the page's script does in its own time.
func (t *pageTest) until(condition string) {
	var holds bool
	t.must(t.browser.Evaluate(fmt.Sprintf(`new Promise((resolve, reject) => {
		const end = Date.now() + 10000;
		const look = () => {
			if (%[1]s) resolve(true);
			else if (Date.now() > end) reject(new Error(%[1]q + " does not hold after 10 seconds"));
			else setTimeout(look, 20);
		};
		look();
	})`, condition), &holds))
}

func (t *pageTest) shows(expression, expected string) {
	var actual string
	t.must(t.browser.Evaluate(expression, &actual))
	t.equal(expression, actual, expected)
}
