package main

import (
	"slices"
	"strings"
	"time"
)

type reminderConfig struct {
	After       []time.Duration `key:"after" default:"24h, 72h, 168h" none:"none" min:"1h" max:"8760h" help:"How long after the last step each reminder goes out, in order. none: no reminders."`
	DropPending time.Duration   `key:"drop_pending" default:"720h" min:"0s" max:"8760h" help:"How long a given email address has time to be confirmed, before it is given up. Not shorter than times.verify_link. 0s: for ever."`
}

// durations reads a list of times, with commas or spaces between them, each
// longer than the one before.
func (k key) durations(text string) ([]time.Duration, error) {
	if text == k.tag.Get("none") {
		return nil, nil
	}
	var all []time.Duration
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		var d time.Duration
		if err := ranged(k, &d, word, parseDuration, formatDuration); err != nil {
			return nil, err
		}
		if n := len(all); n > 0 && d <= all[n-1] {
			return nil, wrong("has %s after %s. Put the shorter time first.", formatDuration(d), formatDuration(all[n-1]))
		}
		all = append(all, d)
	}
	return all, nil
}

func formatDurations(all []time.Duration) string {
	words := make([]string, len(all))
	for i, d := range all {
		words[i] = formatDuration(d)
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// checkReminders finds an address that would be given up while its link works.
func (l *loader) checkReminders() {
	if drop := l.Reminder.DropPending; drop > 0 && drop < l.Times.VerifyLink {
		l.conflict("times.verify_link", "reminders.drop_pending", notMore, notLess, "Change one of them, or say 0s.")
	}
}

// list reports whether the YAML file may have a list for the key.
func (k key) list() bool {
	return slices.Contains([]string{"trusted_proxies", "reminders.after"}, k.path)
}
