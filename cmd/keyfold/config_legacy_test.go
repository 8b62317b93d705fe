package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/keyfold/keyfold"
)

// entityWith is a file with one entity and more lines of it.
func entityWith(t *testing.T, lines ...string) string {
	t.Helper()
	text := "entities:\n  - {code: XX, name: Other, pattern: \"XX[0-9]{6}\", example: XX123456}\n  - code: NL\n    name: Polder\n    pattern: NL[0-9]{6}\n    example: NL123456\n"
	for _, line := range lines {
		text += "    " + line + "\n"
	}
	return yamlFile(t, text)
}

const goodSecret = "geheim-geheim-geheim-geheim-geheim"

func TestLegacyPasswordsAreAcceptedWhereTheOperatorSaysSo(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(input{file: entityWith(t, "legacy_login: accept")})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Entities[0].Legacy; got != keyfold.ResetRequired {
		t.Errorf("without a word: %q", got)
	}
	if got := c.Entities[1].Legacy; got != keyfold.Accept || len(c.LegacyChecks) != 0 {
		t.Errorf("with accept: %q, %v", got, c.LegacyChecks)
	}
}

func TestEachWayToAskTheOldSystemStarts(t *testing.T) {
	t.Parallel()
	secret := yamlFile(t, goodSecret+"\n")
	at := yamlFile(t, "mysql://reader:geheim@db.example/old\n")
	recipe := yamlFile(t, "password: {digest: md5(salt + pw)}\n")
	for kind, lines := range map[string][]string{
		"http": {"http: https://billing.example/check", "secret_file: " + secret, "answer: 8s", "at_once: 4"},
		"sql":  {"sql_file: " + at, "query: select pass as password_hash from clients where id = ?", "recipe: " + recipe},
		"ldap": {"ldap: ldaps://ldap.example", `bind_dn: "uid={customer_id},dc=example,dc=com"`, "connect: 500ms"},
	} {
		all := []string{"legacy_login: accept", "legacy_check:"}
		for _, line := range lines {
			all = append(all, "  "+line)
		}
		c, err := loadConfig(input{file: entityWith(t, all...)})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		check := c.LegacyChecks["NL"]
		if check.kind() != kind || check.connect == 0 || check.answer == 0 || check.atOnce == 0 {
			t.Errorf("%s: %q %s %s %d", kind, check.kind(), check.connect, check.answer, check.atOnce)
		}
		gate, err := newGate(c, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		checks, err := newLegacyChecks(c, gate, slog.New(slog.DiscardHandler), time.Now)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if len(checks.systems()) != 1 || checks.systems()["NL"] == nil {
			t.Errorf("%s: %v", kind, checks)
		}
		if err := checks.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLegacyChecksAreMeasured(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(input{file: entityWith(t, "legacy_login: accept", "legacy_check: {http: 'http://127.0.0.1:1/', secret: "+goodSecret+"}")})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := newLegacyChecks(c, nil, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := keyfold.ParseCustomerID("NL123456")
	for range 6 {
		if _, err := checks["NL"].Check(t.Context(), id, "x"); !keyfold.RefusedAs(err, "legacy.down") {
			t.Fatal(err)
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(checks)
	found, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range found {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	if got["keyfold_legacy_checks_total NL down"] != 5 || got["keyfold_legacy_checks_total NL stopped"] != 1 || got["keyfold_legacy_check_stopped NL"] != 1 || len(got) != 9 {
		t.Errorf("got %v", got)
	}
}

func TestLegacyChecksThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	secret, short, empty := yamlFile(t, goodSecret), yamlFile(t, "geheim"), yamlFile(t, "\n")
	const query = ", query: 'select p as password_hash from c where id = ?'"
	for _, test := range []struct{ check, want string }{
		{"{}", "legacy_check says not whom to ask"},
		{"yes", "legacy_check must hold keys and values"},
		{"{htpp: x}", "legacy_check.htpp is not a key that we know. Did you mean http?"},
		{"{http: [a]}", "legacy_check.http takes one value"},
		{"{http: 'https://a.example', secret_file: " + secret + ", ldap: 'ldaps://b.example'}", "legacy_check.ldap does not go with http"},
		{"{http: 'https://a.example', secret_file: " + secret + ", query: select}", "legacy_check.query does not go with http"},
		{"{http: 'https://a.example'}", "has no secret_file"},
		{"{http: 'https://a.example', secret: geheim}", "secret has 6 characters"},
		{"{http: 'https://a.example', secret_file: " + short + "}", "secret_file has 6 characters"},
		{"{http: 'https://a.example', secret_file: " + empty + "}", "cannot be read, is empty"},
		{"{http: 'https://a.example', secret_file: /nowhere}", "cannot be read, is empty"},
		{"{http: 'https://a.example', secret: " + goodSecret + ", secret_file: " + secret + "}", "secret_file too"},
		{"{http: 'http://a.example', secret_file: " + secret + "}", "is not safe"},
		{"{http: 'ftp://a.example', secret_file: " + secret + "}", "is not a web address"},
		{"{http: 'https://ann:pw@a.example', secret_file: " + secret + "}", "has a user"},
		{"{http: 'https://a.example', secret_file: " + secret + ", answer: 1h}", "answer \"1h\" is out of range"},
		{"{http: 'https://a.example', secret_file: " + secret + ", at_once: 0}", "at_once \"0\" is out of range"},
		{"{http: 'https://a.example', secret_file: " + secret + ", ca_file: " + secret + "}", "has no certificate in it"},
		{"{sql: 'mysql://ann:geheim@db/old'}", "has no query"},
		{"{sql: 'mysql://ann:geheim@db/old', query: 'select p from c'}", "the query must have ?"},
		{"{sql: 'postgres://ann:geheim@db/old'" + query + "}", "the query must have $1"},
		{"{sql: 'oracle://ann:geheim@db/old'" + query + "}", "sql cannot be used: it is none that we know"},
		{"{sql: 'sqlite://x.db'" + query + ", recipe: /nowhere}", "recipe \"/nowhere\" cannot be used"},
		{"{sql: 'sqlite://x.db'" + query + ", recipe: " + yamlFile(t, "password: {digest: md5(pepper(billing) + pw)}") + "}", "KEYFOLD_PASSWORD_PEPPERS"},
		{"{ldap: 'https://a.example', bind_dn: 'uid={customer_id},dc=a'}", "is not a directory"},
		{"{ldap: 'ldaps://a.example'}", "has no bind_dn"},
		{"{ldap: 'ldaps://a.example', bind_dn: 'uid=admin,dc=a'}", "bind_dn \"uid=admin,dc=a\" cannot be used"},
	} {
		got := fmt.Sprint(problemsOf(t, input{file: entityWith(t, "legacy_login: accept", "legacy_check: "+test.check)}))
		if !strings.Contains(got, test.want) || !strings.Contains(got, "k.yaml:8: ") || !strings.Contains(got, "entities[NL].legacy_check") {
			t.Errorf("%s: got %s, want %q", test.check, got, test.want)
		}
		if strings.Contains(got, "geheim") {
			t.Errorf("%s: a secret is in %s", test.check, got)
		}
	}
	for lines, want := range map[string]string{
		"legacy_login: yes": "legacy_login \"yes\" is not possible here. Give reset_required or accept.",
		"legacy_check: {ldap: 'ldaps://a.example', bind_dn: 'uid={customer_id},dc=a'}": "is of no use without legacy_login: accept",
	} {
		if got := fmt.Sprint(problemsOf(t, input{file: entityWith(t, lines)})); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q", lines, got, want)
		}
	}
}

func TestPrintedLegacyChecksHideTheirSecrets(t *testing.T) {
	t.Parallel()
	for _, check := range []string{
		"{http: 'https://a.example/x', secret: " + goodSecret + "}",
		"{sql: 'postgres://ann:geheim@db.example/old', query: 'select p as password_hash from c where id = $1'}",
	} {
		c, err := loadConfig(input{file: entityWith(t, "legacy_login: accept", "legacy_check: "+check)})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := c.print(&out); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); strings.Contains(text, "geheim") || !strings.Contains(text, mask) || !strings.Contains(text, "legacy_login: accept\n    legacy_check:\n") {
			t.Errorf("printed:\n%s", text)
		}
		// What is printed can be read again.
		again := strings.ReplaceAll(out.String(), mask, goodSecret)
		if _, err := loadConfig(input{file: yamlFile(t, again)}); err != nil {
			t.Errorf("%v in\n%s", err, again)
		}
	}
}
