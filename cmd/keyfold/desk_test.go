package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// deskApp is a server with values over those of the demo.
func deskApp(t *testing.T, values map[string]string) (*app, *config) {
	t.Helper()
	preset := map[string]string{
		"listen": "127.0.0.1:0", "public_url": "https://login.polder.example", "database_url": "sqlite://" + t.TempDir() + "/k.db",
		"smtp_url": "smtp://127.0.0.1:1", "mail_from": "care@polder.example", "secret": strings.Repeat("s", 40),
		"password.argon2.memory_kib": "1024", "password.argon2.time": "1",
	}
	maps.Copy(preset, values)
	cfg, err := presetConfig(preset)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), cfg, false, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, cfg
}

// ask is the status of a page at a host, for who comes from an address.
func ask(t *testing.T, h http.Handler, host, path, from string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+path, nil)
	r.RemoteAddr = from + ":4711"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	portalHost, careHost = "login.polder.example", "care.polder.example"
	inside, outside      = "10.0.0.7", "192.0.2.7"
)

// TestTheDeskIsWhereTheOperatorPutsIt: beside the pages of customers, at a host of
// its own, or for some addresses alone.
func TestTheDeskIsWhereTheOperatorPutsIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		values map[string]string
		want   map[string]int
	}{
		"beside": {nil, map[string]int{
			portalHost + " /care/login " + outside: 200, portalHost + " /care " + outside: 303, portalHost + " /login " + outside: 200,
			portalHost + " /carefree " + outside: 404, careHost + " /care/login " + outside: 421, portalHost + " /care/nothing " + outside: 404,
		}},
		"own host": {map[string]string{"care_url": "https://" + careHost}, map[string]int{
			careHost + " /care/login " + outside: 200, careHost + " / " + outside: 303, careHost + " /login " + outside: 404,
			portalHost + " /care/login " + outside: 404, portalHost + " /login " + outside: 200, "other.example /care/login " + outside: 421,
		}},
		"some": {map[string]string{"care_allow": "10.0.0.0/8"}, map[string]int{
			portalHost + " /care/login " + inside: 200, portalHost + " /care/login " + outside: 404, portalHost + " /login " + outside: 200,
		}},
		"own host, some": {map[string]string{"care_url": "https://" + careHost, "care_allow": "10.0.0.0/8"}, map[string]int{
			careHost + " /care/login " + inside: 200, careHost + " /care/login " + outside: 421, careHost + " /login " + inside: 404,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _ := deskApp(t, tt.values)
			h := a.withDesk(a.handler(nil))
			for what, want := range tt.want {
				at := strings.Fields(what)
				if res := ask(t, h, at[0], at[1], at[2]); res.Code != want {
					t.Errorf("%s: %d, not %d", what, res.Code, want)
				}
			}
			// Whom it is not open to does not learn that it is there.
			hidden, none := ask(t, h, portalHost, "/care/login", outside), ask(t, h, portalHost, "/core/login", outside)
			if hidden.Code == http.StatusNotFound && strings.ReplaceAll(hidden.Body.String(), "/care/", "/core/") != none.Body.String() {
				t.Errorf("hidden:\n%s\nnone:\n%s", hidden.Body, none.Body)
			}
		})
	}
}

// TestTheDeskHasAListenerOfItsOwn, which is as patient as the other when the server
// stops: who is in the middle of a form is answered.
func TestTheDeskHasAListenerOfItsOwn(t *testing.T) {
	t.Parallel()
	free, err := listenOn(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	a, cfg := deskApp(t, map[string]string{"care_listen": at, "care_url": "https://" + careHost})
	ctx, stop := context.WithCancel(t.Context())
	started, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- a.serve(ctx, cfg, func(on net.Addr) { started <- on }) }()
	front := (<-started).String()
	for _, tt := range []struct {
		socket, host, path string
		want               int
	}{
		{front, portalHost, "/login", 200},
		{front, portalHost, "/care/login", 404},
		{front, portalHost, "/care", 404},
		{front, careHost, "/care/login", 421},
		{at, careHost, "/care/login", 200},
		{at, careHost, "/login", 404},
		{at, portalHost, "/care/login", 421},
		{at, careHost, a.desk.Assets.URL("ui.css"), 200},
	} {
		if got := status(t, tt.socket, "GET "+tt.path+" HTTP/1.1\r\nHost: "+tt.host+"\r\nConnection: close\r\n\r\n", "", func() {}); got != tt.want {
			t.Errorf("%s %s: %d, not %d", tt.host, tt.path, got, tt.want)
		}
	}
	head := fmt.Sprintf("POST /care/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\n\r\n", careHost)
	if got := status(t, at, head, "a=bc", stop); got != http.StatusUnprocessableEntity {
		t.Errorf("who is in the middle of a form: %d", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// status sends the two halves of a request, with something in between.
func status(t *testing.T, socket, first, second string, between func()) int {
	t.Helper()
	var dial net.Dialer
	c, err := dial.DialContext(t.Context(), "tcp", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, first); err != nil {
		t.Fatal(err)
	}
	between()
	if _, err := io.WriteString(c, second); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
