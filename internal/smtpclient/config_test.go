package smtpclient_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/smtpclient"
)

func TestTheURLSaysHowToConnect(t *testing.T) {
	for raw, want := range map[string]smtpclient.Config{
		"smtp://mail.example.com":                    {Host: "mail.example.com", Port: "587", Security: smtpclient.StartTLS},
		"smtp://mail.example.com:25/":                {Host: "mail.example.com", Port: "25", Security: smtpclient.StartTLS},
		"smtp://mail.example.com?tls=none":           {Host: "mail.example.com", Port: "25", Security: smtpclient.NoTLS},
		"smtp://mail.example.com?tls=implicit":       {Host: "mail.example.com", Port: "465", Security: smtpclient.ImplicitTLS},
		"smtps://u:p%40w@mail.example.com":           {Host: "mail.example.com", Port: "465", Security: smtpclient.ImplicitTLS, User: "u", Password: "p@w"},
		"smtp://127.0.0.1:2525":                      {Host: "127.0.0.1", Port: "2525", Security: smtpclient.NoTLS},
		"smtp://u:p@localhost":                       {Host: "localhost", Port: "25", Security: smtpclient.NoTLS, User: "u", Password: "p"},
		"smtp://[::1]:2525?tls=starttls":             {Host: "::1", Port: "2525", Security: smtpclient.StartTLS},
		" smtp://mail.example.com:2587?tls=starttls": {Host: "mail.example.com", Port: "2587", Security: smtpclient.StartTLS},
	} {
		got, err := smtpclient.ParseURL(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}

func TestAWrongURLNamesTheCureAndNotThePassword(t *testing.T) {
	for raw, cure := range map[string]string{
		"mail.example.com:25":     "write it as smtp://",
		"http://mail.example.com": "write it as smtp://",
		"smtp://":                 "has no host",
		"smtp://u:hunter2@mail.example.com?tls=none":      "remove ?tls=none",
		"smtp://u:hun/ter2@mail.example.com":              "%2F",
		"smtp://hunter2@mail.example.com":                 "not both",
		"smtp://mail.example.com:99999":                   "between 1 and 65535",
		"smtp://mail.example.com?tls=yes":                 "none, starttls or implicit",
		"smtp://mail.example.com?starttls":                "one ?tls=",
		"smtps://mail.example.com?tls=starttls":           "write smtp://",
		"smtp://u:hunter2@mail.example.com/path":          "more after the host",
		"smtp://u:hunter2@mail.example.com?tls=none&x=%z": "only ?tls=",
	} {
		_, err := smtpclient.ParseURL(raw)
		if err == nil || !strings.Contains(err.Error(), cure) || strings.Contains(err.Error(), "ter2") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}
