package password_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

// theirs is the password of all vectors. They were made by other programs: the
// crypt of the C library, OpenSSL, and the formats as their makers describe
// them over the hashes of Python.
const theirs = "Café-Ruit-93!"

var vectors = map[string]keyfold.Hash{
	"argon2id":               "$argon2id$v=19$m=64,t=1,p=1$em91dC16b3V0LXpvdXQtMQ$iDrnnZpgTyRWOf2x9EOCJwn5wqOJ7EE0OAlgDGfSUSs",
	"argon2id, two lanes":    "$argon2id$v=19$m=256,t=3,p=2$em91dC16b3V0LXpvdXQtMQ$FyCOU6gj8px0HAP67JEVRQ6I7ZGE+so/J74efmRVht8",
	"argon2id, our cost":     "$argon2id$v=19$m=19456,t=2,p=1$em91dC16b3V0LXpvdXQtMQ$o6zxVT/0DY6p5OwCr4qUR3dURflv0lcR5Oyx6nFCNYQ",
	"bcrypt 2a":              "$2a$06$abcdefghijklmnopqrstuulrgOwPtnpGfZ4IAGh/uiRp0RtfFE0La",
	"bcrypt 2b":              "$2b$06$abcdefghijklmnopqrstuulrgOwPtnpGfZ4IAGh/uiRp0RtfFE0La",
	"bcrypt 2y":              "$2y$06$abcdefghijklmnopqrstuulrgOwPtnpGfZ4IAGh/uiRp0RtfFE0La",
	"md5crypt":               "$1$Ru5tZout$t26eJYSHcanKRV63/0RSs0",
	"sha256crypt":            "$5$Ru5tZoutRu5tZout$qXkE4zgTDz3M1TPqN3jsbohuh1IM86Fn.qxFGKfvGy2",
	"sha256crypt and rounds": "$5$rounds=2000$Ru5tZout$86gzgIjt8tsfOvTtT02IhUBWlLaPMsDHVhZHr2dfsK7",
	"sha512crypt":            "$6$Ru5tZoutRu5tZout$EAlZBtzRDZkK8vjwzz593lzCUR6PT85PGXL0mqT2t2YGTjcykxEzqN.Sb.Y5F6i0/h0oZhEfQPfBfY0cRzEoL/",
	"sha512crypt and rounds": "$6$rounds=2000$Ru5tZout$q1A2EfLeNv5WTEnlZ6wREhip.cwN.jSudKU1Ps0tLOq5798exKqKWQcGVDdGOIuPNhHwXqlL2Tj5XlFIzbrdt1",
	"pbkdf2":                 "$pbkdf2$4000$em91dC16b3V0LXpvdXQtMQ$pdRaAE4pPU7nPm148FvW/hF3ygk",
	"pbkdf2-sha256":          "$pbkdf2-sha256$4000$em91dC16b3V0LXpvdXQtMQ$ux9fpYnSRfhlADLn5eAegksTcvkLqJ5oBQtOb6VmBs4",
	"pbkdf2-sha512":          "$pbkdf2-sha512$4000$em91dC16b3V0LXpvdXQtMQ$2WmbWZ9DptVFOCoJfIBY5ECIQx59oaJ1LROiHhUBEpx8iHjvKKA0GN/5PShxNR3b/L1m.dCc6uZ3B5HvFAkqmw",
	"scrypt":                 "$scrypt$ln=10,r=8,p=1$em91dC16b3V0LXpvdXQtMQ$RezlZUOB2//DQIaJaQrTu8F3jtOpEJJc67DQJxmQIHk",
	"phpass P":               "$P$6ZoutvaatQ7dqtK2BreOS5s4EFLhmh/",
	"phpass H":               "$H$6ZoutvaatQ7dqtK2BreOS5s4EFLhmh/",
	"Drupal 7":               "$S$9ZoutvaatpcqBslWLDxhHVd.FYtcN/DC14X3brBjYIWh.2r0uYBe",
	"plain md5":              "9a8babcc787854bcea8b7c9a6adb0bcb",
	"salted md5":             "$md5salted-suffix$zout$ndBtRPzn/IiBLS/92D/q5w==",
}

func TestHashesOfOtherSystemsAreComparedWithInTheirOwnFormat(t *testing.T) {
	g := gate(t, password.GateConfig{})
	for name, h := range vectors {
		got := verify(t, g, h, theirs)
		if !got.OK {
			t.Errorf("%s: the password does not match", name)
		}
		if want := !strings.HasPrefix(name, "argon2id"); got.Upgrade != want {
			t.Errorf("%s: upgrade is %t", name, got.Upgrade)
		}
		for _, pw := range []string{"café-Ruit-93!", theirs + " ", theirs[:len(theirs)-1], ""} {
			if verify(t, g, h, pw).OK {
				t.Errorf("%s: %q matches", name, pw)
			}
		}
		for _, bad := range []keyfold.Hash{h + "$", "$" + h, h + "\n", h + " ", h[:len(h)-1]} {
			if verify(t, g, bad, theirs).OK {
				t.Errorf("%s: %q is taken for a hash", name, bad)
			}
		}
	}
}

func TestEachFormatRunsItself(t *testing.T) {
	g := gate(t, password.GateConfig{})
	runs := counted(g)
	for name, h := range vectors {
		*runs = nil
		verify(t, g, h, "x")
		want := []string{(*runs)[0], "argon2"} // so that it is not answered faster
		if strings.HasPrefix(string(h), "$argon2") {
			want = []string{"argon2"}
		}
		if diff := cmp.Diff(want, *runs); diff != "" || len(want) == 2 && want[0] == "argon2" {
			t.Errorf("%s runs %q", name, *runs)
		}
	}
}

func TestLongPasswordsDoNotMultiplyTheRounds(t *testing.T) {
	g := gate(t, password.GateConfig{})
	runs := counted(g)
	verify(t, g, keyfold.Hash("$6$rounds=999999$salt$"+strings.Repeat("a", 86)), strings.Repeat("x", password.MaxBytes))
	if len(*runs) != 1 || (*runs)[0] != "argon2" {
		t.Errorf("it runs %q", *runs)
	}
}

func FuzzVerify(f *testing.F) {
	for _, h := range vectors {
		f.Add(string(h), theirs)
	}
	for _, v := range othersVectors(f) {
		f.Add(v.Hash, theirs)
	}
	for _, d := range digestsOfAllKinds {
		f.Add("$legacy$"+d+"$s=em91dHpvdXQ$OTAwMTUwOTgzY2QyNGZiMGQ2OTYzZjdkMjhlMTdmNzI", theirs)
	}
	f.Add("$argon2id$v=19$m=4194304,t=1,p=1$em91dC16b3V0LXpvdXQtMQ$iDrnnZpgTyRWOf2x9EOCJwn5wqOJ7EE0OAlgDGfSUSs", "x")
	f.Add("$scrypt$ln=63,r=99,p=99$em91dC16b3V0LXpvdXQtMQ$RezlZUOB2//DQIaJaQrTu8F3jtOpEJJc67DQJxmQIHk", "x")
	g := gate(f, password.GateConfig{Slots: 4})
	f.Fuzz(func(t *testing.T, h, pw string) {
		start := time.Now()
		got, err := g.Verify(t.Context(), keyfold.Hash(h), pw)
		if err != nil {
			t.Fatal(err)
		}
		if got.OK && (pw == "" || h == "") {
			t.Errorf("%q matches %q", pw, h)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%q took %s", h, d)
		}
	})
}

func BenchmarkGateVerify(b *testing.B) {
	g := gate(b, password.GateConfig{Params: password.DefaultParams()})
	h := hash(b, g, theirs)
	b.ReportAllocs()
	for b.Loop() {
		verify(b, g, h, theirs)
	}
}

func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if rs := classic.Check("kT9$mzQ2!v", anne); rs != nil {
			b.Fatal(rs)
		}
	}
}

func TestTheEmptyPasswordMatchesNothing(t *testing.T) {
	g := gate(t, password.GateConfig{})
	const ofNothing = "d41d8cd98f00b204e9800998ecf8427e" // md5 of no bytes
	runs := counted(g)
	for _, pw := range []string{"", strings.Repeat("x", password.MaxBytes+1)} {
		if verify(t, g, ofNothing, pw).OK {
			t.Errorf("%d bytes match", len(pw))
		}
	}
	if diff := cmp.Diff([]string{"md5", "argon2", "argon2"}, *runs); diff != "" {
		t.Errorf("it runs (-want +got):\n%s", diff)
	}
}
