package hooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/bounce"
)

// maxBatch is how many bounces one request may tell of.
const maxBatch = 100

// A told bounce is one in a request. docs/bounces.md describes it.
type told struct {
	MessageID  string        `json:"message_id"`
	Recipient  string        `json:"recipient"`
	Action     bounce.Action `json:"action"`
	Status     string        `json:"status"`
	Diagnostic string        `json:"diagnostic"`
}

// readBounces takes exactly what is documented, all of it or nothing.
func readBounces(body []byte) ([]bounce.Report, error) {
	var said struct {
		Bounces []told `json:"bounces"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&said); err != nil {
		return nil, refuse("hook.malformed", "")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, refuse("hook.malformed", "")
	}
	if n := len(said.Bounces); n == 0 || n > maxBatch {
		return nil, refuse("hook.content", fmt.Sprintf("bounces has %d entries. It takes 1 to %d.", n, maxBatch))
	}
	reports := make([]bounce.Report, len(said.Bounces))
	for i, t := range said.Bounces {
		r, wrong := t.report()
		if wrong != "" {
			return nil, refuse("hook.content", fmt.Sprintf("bounces[%d].%s", i, wrong))
		}
		reports[i] = r
	}
	return reports, nil
}

// report is what it says, or what is wrong with it.
func (t told) report() (r bounce.Report, wrong string) {
	to, err := keyfold.ParseEmail(t.Recipient)
	switch {
	case t.MessageID == "":
		return r, "message_id is missing."
	case err != nil:
		return r, "recipient is not an email address."
	case !slices.Contains(bounce.Actions(), t.Action):
		return r, "action is none of failed, delayed and delivered."
	case t.Status != "" && !bounce.IsStatus(t.Status):
		return r, "status is not of the form 5.1.1. Leave it out when there is none."
	}
	r = bounce.Report{Recipients: []keyfold.Email{to}, Action: t.Action, Status: t.Status, Diagnostic: t.Diagnostic}
	if id := bounce.MailID(t.MessageID); id != "" {
		r.Mails = []string{id} // else it is no mail of ours
	}
	return r, ""
}
