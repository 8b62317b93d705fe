package keyfold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
)

// TestNoWordOfAServerShowsAnEncodedAddress: servers name a page that says why, and
// the address is in its URL; or they pass on what another one said, as it came.
func TestNoWordOfAServerShowsAnEncodedAddress(t *testing.T) {
	t.Parallel()
	to, err := keyfold.ParseEmail("sanne.visser@veldkamp.example")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"550 see https://mx/why?r=%3Csanne.visser%40veldkamp.example%3E":  "550 see https://mx/why?r=%3Cs••••r@v•••.example%3E",
		"https://mx/why?r=sanne.visser%40veldkamp.example&ip=192.0.2.1":   "https://mx/why?r=s••••r@v•••.example&ip=192.0.2.1",
		"=3Csanne.visser=40veldkamp.example=3E":                           "=3Cs••••r@v•••.example=3E",
		"=3cSANNE.VISSER=40VELDKAMP.example=3e":                           "=3cS••••R@v•••.example=3e",
		"rfc822;sanne.visser+40veldkamp.example":                          "rfc822;s••••r@v•••.example",
		"rfc822;+3Csanne.visser+40veldkamp.example+3E":                    "rfc822;+3Cs••••r@v•••.example+3E",
		"?r=sanne%2Evisser%40veldkamp%2Eexample.":                         "?r=s••••r@v•••.example.",
		"?r=%73anne.visser%40veldkamp.exampl%65":                          "?r=s••••r@v•••.example",
		"?r=sanne.visser%2540veldkamp.example":                            "?r=s••••r@v•••.example",
		"?r=sanne.visser%3D40veldkamp.example":                            "?r=s••••r@v•••.example",
		"?user=%22sanne.visser%22&at=%40veldkamp%2Eexample":               "?user=%22s••••r%22&at=%40v•••.example",
		"no mx for mx1%2Eveldkamp.example":                                "no mx for mx1%2Ev•••.example",
		"sent on to jo%40other.example, jo=40other.example":               "sent on to j••••@o•••.example, j••••@o•••.example",
		"sent on to jo+40years%40other.example":                           "sent on to jo+40y••••s@o•••.example",
		"sent on to jo%2B40years%40other.example":                         "sent on to j••••s@o•••.example",
		"sent on to caf%C3%A9%40other.example":                            "sent on to c••••9@o•••.example",
		"sent on to jo%40m%C3%BCller.example%0D%0A":                       "sent on to […]%0D%0A",
		"sent on to jo%40m%c3%bcller.example or jo=40m=C3=BCller.example": "sent on to […] or […]",
		"sent on to jo+40years@x.example":                                 "sent on to j••••s@•••.example",
		"code=40.5, used=4096.5MB of 100%40, call +40 21 or a+40b, 50%":   "code=40.5, used=4096.5MB of 100%40, call +40 21 or a+40b, 50%",
		"=?utf-8?q?over_quota?= a=b c+d 9%":                               "=?utf-8?q?over_quota?= a=b c+d 9%",
	} {
		if got := to.HideIn(said); got != want {
			t.Errorf("%q is shown\nas   %q\nwant %q", said, got, want)
		}
	}
	plus, err := keyfold.ParseEmail("jo+40years@x.example")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"550 <jo+40years@x.example> unknown":        "550 <j••••s@•••.example> unknown",
		"550 no such user: jo+40years":              "550 no such user: j••••s",
		"rfc822;jo+2B40years+40x.example":           "rfc822;j••••s@•••.example",
		"https://mx/why?r=jo%2B40years%40x.example": "https://mx/why?r=j••••s@•••.example",
	} {
		if got := plus.HideIn(said); got != want {
			t.Errorf("%q is shown\nas   %q\nwant %q", said, got, want)
		}
	}
	if got := (keyfold.Email{}).HideIn("Veldkamp %3Cinfo%40veldkamp.example%3E"); got != "Veldkamp %3Ci••••o@v•••.example%3E" {
		t.Errorf("a name with an address is shown as %q", got)
	}
}

// encoded is a text with some of it, or all of it, as URLs, quoted-printable and
// xtext have it.
func encoded(text, escape, which string) string {
	var out strings.Builder
	for i := range len(text) {
		if which == "" || strings.IndexByte(which, text[i]) >= 0 {
			fmt.Fprintf(&out, "%s%02X", escape, text[i])
		} else {
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

func FuzzHideEncoded(f *testing.F) {
	f.Add("info@veldkamp.example", "550 see https://mx/why?r=%3Cinfo%40veldkamp.example%3E or =3Cinfo=40")
	f.Add("jo+40years@x.example", "+40+2B40%25%2540=")
	f.Add("a%2@b.example", "%2%%C3%BC=\n+4")
	f.Fuzz(func(t *testing.T, address, said string) {
		e, err := keyfold.ParseEmail(address)
		if err != nil {
			return
		}
		for _, escape := range []string{"%", "=", "+"} {
			for _, which := range []string{"@", "@.", "@%=+", ""} {
				whole := encoded(e.String(), escape, which)
				if got := e.HideIn(said + " <" + whole + "> "); strings.Contains(got, whole) || strings.Contains(got, encoded(e.Domain(), escape, which)+">") {
					t.Errorf("%q shows %s", got, whole)
				}
			}
		}
	})
}
