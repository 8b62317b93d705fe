package password_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

// A vector is a hash that another program made; testdata/vectors.py says which.
type vector struct {
	Name, By, Hash, Salt, Username string
	Right, Wrong                   []string
	Weak                           bool
	Peppers                        map[string]string
	Recipe                         struct {
		Digest, Encoding, Column string
		Salt                     string `json:"salt_encoding"`
	}
}

func othersVectors(tb testing.TB) (vs []vector) {
	tb.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(text, &vs); err != nil {
		tb.Fatal(err)
	}
	return vs
}

// intake makes the intake of one vector, and the peppers of its gate.
func (v vector) intake(tb testing.TB, c password.IntakeConfig) (*password.Intake, password.Peppers) {
	tb.Helper()
	var err error
	if c.Recipe, err = password.ParseRecipe(password.RecipeText(v.Recipe)); err != nil {
		tb.Fatalf("%s: %v", v.Name, err)
	}
	var lines strings.Builder
	for name, value := range v.Peppers {
		lines.WriteString(name + "=" + value + "\n")
	}
	if c.Peppers, err = password.ParsePeppers(lines.String()); err != nil {
		tb.Fatal(err)
	}
	in, err := password.NewIntake(c)
	if err != nil {
		tb.Fatalf("%s: %v", v.Name, err)
	}
	return in, c.Peppers
}

var taker = func() keyfold.CustomerID {
	id, err := keyfold.ParseCustomerID("NL123421341")
	if err != nil {
		panic(err)
	}
	return id
}()

// cheapWrap keeps tests fast.
var cheapWrap = password.Params{MemoryKiB: 8, Time: 1, Parallelism: 1}

func TestHashesMadeByOtherProgramsComeInAndAreComparedWith(t *testing.T) {
	t.Parallel()
	vs := othersVectors(t)
	if len(vs) < 130 {
		t.Fatalf("there are only %d vectors", len(vs))
	}
	for _, v := range vs {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			for _, bare := range []bool{true, false} {
				in, peppers := v.intake(t, password.IntakeConfig{Wrap: cheapWrap, Bare: bare})
				got, err := in.Take(password.LegacyHash{Hash: v.Hash, Salt: v.Salt, Username: v.Username}, taker)
				if err != nil {
					t.Fatal(err)
				}
				if got.Weak != v.Weak || got.Format == "" {
					t.Errorf("weak is %t, format %q", got.Weak, got.Format)
				}
				if wrapped := strings.Contains(string(got.Hash), "$argon2id$"); wrapped != (v.Weak && !bare) {
					t.Errorf("bare %t: it is kept as %s", bare, got.Hash)
				}
				v.try(t, gate(t, password.GateConfig{Peppers: peppers}), got.Hash)
			}
		})
	}
}

func (v vector) try(t *testing.T, g *password.Gate, h keyfold.Hash) {
	t.Helper()
	for _, pw := range v.Right {
		if r := verify(t, g, h, pw); !r.OK || !r.Upgrade {
			t.Errorf("%q gives %+v with %s", pw, r, h)
		}
	}
	for _, pw := range append(v.Wrong, "", "Wrong-77") {
		if r := verify(t, g, h, pw); r.OK {
			t.Errorf("%q matches %s", pw, h)
		}
	}
	for _, bad := range []keyfold.Hash{h + "$", "$" + h, h + "=", h[:len(h)-1]} {
		if verify(t, g, bad, v.Right[0]).OK {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
}
