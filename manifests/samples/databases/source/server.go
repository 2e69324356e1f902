package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os/signal"
	"syscall"
)

//go:embed page.html
var page []byte

// serve serves the page, and the data for the page's script, until it is stopped.
func serve(port int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ledger, err := exampleLedger(ctx)
	if err != nil {
		return err
	}
	defer ledger.Close()
	server := http.Server{Addr: fmt.Sprintf(":%d", port), Handler: routes(ledger)}
	go func() {
		<-ctx.Done()
		server.Shutdown(context.Background())
	}()
	fmt.Printf("serving on port %d\n", port)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func routes(ledger *Ledger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		response.Header().Set("Content-Type", "text/html; charset=utf-8")
		response.Write(page)
	})
	mux.HandleFunc("/accounts", func(response http.ResponseWriter, request *http.Request) {
		if request.Method == http.MethodPost {
			openAccount(ledger, response, request)
		} else {
			listAccounts(ledger, response, request)
		}
	})
	return mux
}

func openAccount(ledger *Ledger, response http.ResponseWriter, request *http.Request) {
	var account Account
	if err := json.NewDecoder(request.Body).Decode(&account); err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
	} else if err := ledger.OpenAccount(request.Context(), account.Owner, account.Cents); err != nil {
		http.Error(response, err.Error(), http.StatusConflict)
	} else {
		response.WriteHeader(http.StatusCreated)
	}
}

func listAccounts(ledger *Ledger, response http.ResponseWriter, request *http.Request) {
	accounts, err := ledger.Accounts(request.Context())
	if err != nil {
		http.Error(response, err.Error(), http.StatusInternalServerError)
		return
	}
	response.Header().Set("Content-Type", "application/json")
	json.NewEncoder(response).Encode(accounts)
}

// exampleLedger is in memory and has two accounts and a transfer.
func exampleLedger(ctx context.Context) (*Ledger, error) {
	ledger, err := NewLedger(ctx, "sqlite::memory:")
	if err != nil {
		return nil, err
	}
	for _, account := range []Account{{"Ada", 500}, {"Bob", 0}} {
		if err == nil {
			err = ledger.OpenAccount(ctx, account.Owner, account.Cents)
		}
	}
	if err == nil {
		err = ledger.Transfer(ctx, "Ada", "Bob", 150, nil)
	}
	if err != nil {
		ledger.Close()
		return nil, err
	}
	return ledger, nil
}
