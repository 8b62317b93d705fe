package smtpclient_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
)

// TestAServerIsToldWhatToDoWithAMailThatDoesNotArrive: return no more than its
// head, to the mailbox for bounces, and name it and its recipient as we know them.
func TestAServerIsToldWhatToDoWithAMailThatDoesNotArrive(t *testing.T) {
	for name, tt := range map[string]struct {
		offers  bool
		bounces string
		from    string
		want    mailsink.Envelope
	}{
		"and can":             {true, "", "noreply@polderhosting.example", mailsink.Envelope{ID: "m1.a", Original: "s+b=c@veldkamp.example", HeadOnly: true, Notify: 2}},
		"and can, elsewhere":  {true, "bounces@polder.example", "bounces@polder.example", mailsink.Envelope{ID: "m1.a", Original: "s+b=c@veldkamp.example", HeadOnly: true, Notify: 2}},
		"and cannot":          {false, "", "noreply@polderhosting.example", mailsink.Envelope{}},
		"and cannot, but may": {false, "bounces@polder.example", "bounces@polder.example", mailsink.Envelope{}},
	} {
		t.Run(name, func(t *testing.T) {
			sink := start(t, mailsink.Options{DSN: tt.offers})
			m := message(t)
			m.To = email(t, "s+b=c@veldkamp.example")
			if tt.bounces != "" {
				m.Bounces = email(t, tt.bounces)
			}
			cl := client(t, config(t, sink.URL()))
			for range 2 { // the second one on the kept connection
				if err := cl.Send(t.Context(), m, nil); err != nil {
					t.Fatal(err)
				}
			}
			for _, got := range sink.Mails() {
				if got.From != tt.from || got.To != "s+b=c@veldkamp.example" {
					t.Errorf("from %s to %s", got.From, got.To)
				}
				if diff := cmp.Diff(tt.want, got.Envelope); diff != "" {
					t.Error(diff)
				}
				if h := got.Header.Get(keyfold.MailHeader); h != "<m1.a@polderhosting.example>" {
					t.Errorf("the mail says of itself %q", h)
				}
				if !strings.Contains(got.Header.Get("From"), "noreply@polderhosting.example") {
					t.Errorf("the sender is shown as %s", got.Header.Get("From"))
				}
			}
		})
	}
}

// TestALinkThatAServerRepeatsIsNotKept: some say in their refusal which link of the
// mail they do not like.
func TestALinkThatAServerRepeatsIsNotKept(t *testing.T) {
	sink := start(t, mailsink.Options{})
	m := message(t)
	sink.Script(func(string, int) mailsink.Answer {
		return mailsink.Reply(mailsink.AtData, 554, [3]int{5, 7, 1}, "blocked: https://my.polderhosting.example/passwordReset/q7Vd2Jx9TnB4mKc81LwYzRfH0sGaUeP6iXoE3tQvN5k")
	})
	f := failure(t, client(t, config(t, sink.URL())).Send(t.Context(), m, nil))
	if strings.Contains(f.Error(), "q7Vd2Jx9") || !strings.Contains(f.Error(), "554 5.7.1 blocked: https://my.polderhosting.example/passwordReset/[…]") {
		t.Errorf("%v", &f)
	}
}
