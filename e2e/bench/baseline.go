package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// baseline is the machine's limit for a session check: a bare handler that
// reads one row by its primary key, with the same driver and the same number of
// connections, and answers in JSON.
func baseline(ctx context.Context, database, listen, key string) error {
	db, err := open(ctx, database)
	if err != nil {
		return err
	}
	const q = `select user_id, expires_at from sessions where hash = $1`
	read := func(ctx context.Context) *sql.Row { return db.QueryRowContext(ctx, q, key) } // pgx prepares by itself
	if strings.HasPrefix(database, "sqlite://") {
		stmt, err := db.PrepareContext(ctx, q) //nolint:sqlclosecheck // the process is for it alone
		if err != nil {
			return err
		}
		read = func(ctx context.Context) *sql.Row { return stmt.QueryRowContext(ctx, key) }
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /session", func(w http.ResponseWriter, r *http.Request) {
		var answer struct {
			User    string `json:"user"`
			Expires int64  `json:"expires"`
		}
		if err := read(r.Context()).Scan(&answer.User, &answer.Expires); err != nil {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
	server := &http.Server{Addr: listen, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	err = server.ListenAndServe()
	return errors.Join(err, db.Close())
}

func open(ctx context.Context, database string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(database, "sqlite://"); ok {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=query_only(1)")
		if err == nil {
			readers := max(4, 2*runtime.GOMAXPROCS(0))
			db.SetMaxOpenConns(readers)
			db.SetMaxIdleConns(readers)
		}
		return db, err
	}
	cfg, err := pgxpool.ParseConfig(database)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 20
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	db.SetMaxOpenConns(20)
	return db, nil
}
