package smtpclient

import (
	"errors"
	"fmt"
	"net/textproto"

	"github.com/keyfold/keyfold"
)

// A Failure is why a mail was not sent, or perhaps was. Every error of
// [Client.Send] is one.
type Failure struct {
	// Temporary says that a later try may work.
	Temporary bool
	// Code of the server's answer; 0: there was none.
	Code int
	// Reply is the server's answer on one line, cut if it is long.
	Reply string
	// MaybeAccepted says that the server had the whole mail when the
	// connection broke. The next try may double it, with the same Message-ID.
	MaybeAccepted bool
	// Stage is how far it came: "connect", "greeting", "tls", "login", "sender",
	// "recipient", "data"; "message" when the mail itself cannot be sent.
	Stage string

	stopped bool // by the caller, before the end of the mail
	err     error
}

func (f *Failure) Error() string {
	said := f.Reply
	if f.Code != 0 {
		said = fmt.Sprintf("%d %s", f.Code, f.Reply)
	} else if f.err != nil {
		said = f.err.Error()
	}
	return "smtp: " + f.Stage + ": " + said
}

// Unwrap is what happened underneath.
func (f *Failure) Unwrap() error { return f.err }

// failed makes a Failure out of what happened at a stage of the mail. An
// answer of the 500s is final, but for those that say that our set-up is wrong
// and not the mail: an operator can mend that, and no mail may be lost over it.
func failed(stage string, err error) *Failure {
	f := &Failure{Stage: stage, Temporary: true, err: err}
	answer, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return f
	}
	f.Code, f.Reply = answer.Code, keyfold.Said(answer.Msg)
	switch stage {
	case stageSender, stageRecipient, stageData:
		f.Temporary = answer.Code < 500 || setup(answer.Code)
	}
	return f
}

// setup are the answers about login and encryption: RFC 4954 section 6.
func setup(code int) bool {
	return code == 530 || code == 534 || code == 535 || code == 538
}
