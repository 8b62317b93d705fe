package totp_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/totp"
)

var secret = []byte("12345678901234567890") // of the vectors of RFC 6238

// TestTheVectorsOfTheRFC: RFC 6238, appendix B, the last six digits.
func TestTheVectorsOfTheRFC(t *testing.T) {
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totp.Code(secret, totp.Step(time.Unix(at, 0))); got != want {
			t.Errorf("%d: %s, not %s", at, got, want)
		}
	}
}

func TestAClockMayBeOneStepOff(t *testing.T) {
	now := time.Unix(1111111109, 0)
	for off, want := range map[int64]bool{-3: false, -2: false, -1: true, 0: true, 1: true, 2: false, 3: false} {
		step, ok := totp.Match(secret, totp.Code(secret, totp.Step(now)+off), now)
		if ok != want || ok && step != totp.Step(now)+off {
			t.Errorf("%d steps off: %v, step %d", off, ok, step)
		}
	}
}

func TestACodeIsTypedAsAppsShowIt(t *testing.T) {
	now := time.Unix(1111111109, 0)
	for typed, want := range map[string]bool{
		"081804": true, "081 804": true, " 081804\t": true, "81804": false, "0081804": false, "081805": false, "": false, "٠٨١٨٠٤": false, "081804x": false,
	} {
		if _, ok := totp.Match(secret, typed, now); ok != want {
			t.Errorf("%q: %v", typed, ok)
		}
	}
}

func TestAnAppReadsTheURI(t *testing.T) {
	u, err := url.Parse(totp.URI(secret, "Polder: Hosting & Co", "femke+x@polder.example"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Polder  Hosting & Co:femke+x@polder.example" ||
		q.Get("secret") != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" || q.Get("issuer") != "Polder: Hosting & Co" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("%s", u)
	}
}
