package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keyfold": main})
}

// TestStories runs what an operator types: testdata/*.txtar.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata", UpdateScripts: *update})
}

// keyfoldIn runs a command line inside the test.
func keyfoldIn(tb testing.TB, environ []string, args ...string) (code int, stdout, stderr string) {
	tb.Helper()
	var out, errs bytes.Buffer
	code = run(tb.Context(), args, strings.NewReader(""), &out, &errs, environ)
	return code, out.String(), errs.String()
}

func TestFlagsAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	_, help, _ := keyfoldIn(t, nil, "serve", "--help")
	for _, k := range keysOf(&config{}) {
		if k.flagName() != "" && (!strings.Contains(help, k.flagName()+"=") || !strings.Contains(help, "($"+k.env()+")")) {
			t.Errorf("help does not name %s and %s", k.flagName(), k.env())
		}
		if k.flagName() == "" {
			if code, _, _ := keyfoldIn(t, nil, "config", "check", "--"+k.path, "x"); code != exitUsage {
				t.Errorf("--%s: exit code %d", k.path, code)
			}
			continue
		}
		s := samples[k.path]
		code, out, errs := keyfoldIn(t, nil, "config", "print", k.flagName(), s.good[0])
		if code != exitOK || !strings.Contains(out, "# "+k.flagName()+"\n") {
			t.Errorf("%s %s: %d, %s", k.flagName(), s.good[0], code, errs)
		}
	}
}

const canary = "CANARY-4711-CANARY-4711-CANARY-4711"

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	secrets := []string{
		"KEYFOLD_SECRET=" + canary,
		"KEYFOLD_SMTP_URL=smtp://mailer:" + canary + "@mail.example:587",
		"KEYFOLD_DATABASE_URL=postgres://keyfold:" + canary + "@db.example/keyfold?sslpassword=" + canary,
	}
	broken := []string{
		"KEYFOLD_SECRET=CANARY", "KEYFOLD_SMTP_URL=smtp//" + canary, "KEYFOLD_DATABASE_URL=postgres://a:" + canary + "%zz@h/x",
		"KEYFOLD_SMTP_URL=smtp://u:" + canary + "@h?tls=" + canary, "KEYFOLD_DATABASE_URL=" + canary, "KEYFOLD_SECRT=" + canary,
		"KEYFOLD_DATABASE_URL=postgres://u:" + canary + "@h",
		"KEYFOLD_SMTP_URL=smtp://u:" + canary, "KEYFOLD_SMTP_URL=smtp://u:" + canary + "@h?tls=none", "KEYFOLD_SMTP_URL=smtp://u:" + canary + "@h/" + canary,
	}
	rest := []string{"KEYFOLD_PUBLIC_URL=https://a.example", "KEYFOLD_MAIL_FROM=a@example.com"}
	runs := [][]string{slices.Concat(secrets, rest)}
	for _, b := range broken {
		runs = append(runs, append(slices.Concat(secrets, rest), b))
	}
	for i, environ := range runs {
		for _, command := range []string{"check", "print"} {
			code, out, errs := keyfoldIn(t, environ, "config", command)
			if strings.Contains(out+errs, "CANARY") {
				t.Errorf("config %s with %s prints a secret:\n%s%s", command, environ[len(environ)-1], out, errs)
			}
			if (code == exitOK) != (i == 0) {
				t.Errorf("config %s with %s: exit code %d\n%s", command, environ[len(environ)-1], code, errs)
			}
			if i == 0 && command == "print" && strings.Count(out, mask) < 3 {
				t.Errorf("nothing is masked in:\n%s", out)
			}
		}
	}
}

func TestConfigHidesItsSecretsFromFmtAndSlog(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(input{environ: []string{
		"KEYFOLD_SECRET=" + canary, "KEYFOLD_SMTP_URL=smtp://u:" + canary + "@h", "KEYFOLD_DATABASE_URL=postgres://u:" + canary + "@h/d",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{c.Secret, c.SMTPURL, c.DatabaseURL, *c, c} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		fmt.Fprintf(&log, "%v %+v %#v %s %q", v, v, v, v, v)
		if before, after, found := strings.Cut(log.String(), "CANARY"); found {
			t.Errorf("%T prints a secret: …%sCANARY%.40s…", v, before[max(0, len(before)-80):], after)
		}
	}
}

func TestPrintedConfigurationCanBeReadAgain(t *testing.T) {
	t.Parallel()
	file := yamlFile(t, twoEntities)
	_, out, errs := keyfoldIn(t, []string{"KEYFOLD_CONFIG=" + file, "KEYFOLD_BRAND_NAME=no: #1 \"x\""}, "config", "print")
	_, again, errs2 := keyfoldIn(t, []string{"KEYFOLD_CONFIG=" + yamlFile(t, out)}, "config", "print")
	if errs != "" || errs2 != "" || values(out) != values(again) || !strings.Contains(again, "K[0-9]{4}[A-Z]{2}") ||
		!strings.Contains(out, `name: "no: #1 \"x\""`) {
		t.Errorf("%s%s\n%s\n%s", errs, errs2, out, again)
	}
}

// values are the lines of a printed configuration without their sources.
func values(printed string) string {
	var out strings.Builder
	for line := range strings.Lines(printed) {
		value, _, _ := strings.Cut(line, "  # ")
		out.WriteString(strings.TrimRight(value, " \n") + "\n")
	}
	return out.String()
}

func TestWordsThatYAMLKnowsArePrintedInQuotes(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"no", "Yes", "null", "off"} {
		_, out, _ := keyfoldIn(t, []string{"KEYFOLD_BRAND_NAME=" + word}, "config", "print")
		if !strings.Contains(out, fmt.Sprintf("  name: %q", word)) {
			t.Errorf("%s stands without quotes in\n%s", word, out)
		}
	}
}

func TestSMTPPasswordThatLooksLikeAPortStaysHidden(t *testing.T) {
	t.Parallel()
	_, out, errs := keyfoldIn(t, []string{"KEYFOLD_SMTP_URL=smtp://mailer:47114711"}, "config", "print")
	if !strings.Contains(errs, "has no possible port") || strings.Contains(out+errs, "4711") {
		t.Errorf("got %s%s", out, errs)
	}
}

func TestDemoReadsNoVariables(t *testing.T) {
	t.Parallel()
	c, err := presetConfig(map[string]string{
		"public_url": "http://localhost:8080", "smtp_url": "smtp://127.0.0.1:2525", "mail_from": "care@example.com", "database_url": "sqlite://d.db",
	})
	if err != nil || c.PublicURL.Host != "localhost:8080" || len(c.Entities) != 5 {
		t.Fatalf("got %v, %v", c, err)
	}
	c, err = presetConfig(map[string]string{
		"public_url": "http://localhost:8080", "smtp_url": "smtp://127.0.0.1:2525", "mail_from": "care@example.com",
		"entities": `[{code: X, name: X, pattern: "X[0-9]", example: X1}]`,
	})
	if err != nil || len(c.Entities) != 1 {
		t.Fatalf("got %v, %v", c, err)
	}
	if _, err := presetConfig(map[string]string{"listen": "x"}); err == nil || !strings.Contains(err.Error(), "demo: listen") {
		t.Errorf("got %v", err)
	}
}
