package registration_test

import (
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A model is what an account should be, worked out apart from the code: the
// contract in a few lines.
type model struct {
	state    keyfold.State
	frozen   bool
	closed   bool
	care     bool
	contact  string
	password string
	pending  string
	version  int64
	links    []*modelLink
}

type modelLink struct {
	secret  token.Secret
	purpose store.Purpose
	to      string
	expires time.Time
	ended   string // "", used, void
}

func (l *modelLink) live(now time.Time) bool { return l.ended == "" && now.Before(l.expires) }

// open reports whether the steps go on at all.
func (m *model) open() bool { return !m.frozen && !m.closed && m.state != keyfold.Registered }

func (m *model) change() { m.version++ }

func (m *model) void(purposes ...store.Purpose) {
	for _, l := range m.links {
		if l.ended == "" && slices.Contains(purposes, l.purpose) {
			l.ended = "void"
		}
	}
}

func (m *model) unpend() {
	if m.state == keyfold.EmailPending {
		m.state, m.pending = keyfold.PasswordSet, ""
	}
}

// requested says what a request for a reset makes of the account.
func (m *model) requested() {
	if m.open() && m.contact == "" && !m.care {
		m.care = true
		m.change()
	}
}

// mayRequest reports whether a request for a reset gives a link.
func (m *model) mayRequest() bool { return m.open() && m.contact != "" }

// keep leaves the newest three reset links alive.
func (m *model) keep() {
	n := 0
	for _, l := range slices.Backward(m.links) {
		if l.purpose != store.Reset || l.ended != "" {
			continue
		}
		if n++; n > 3 {
			l.ended = "void"
		}
	}
}

// setPassword reports whether it succeeds.
func (m *model) setPassword(l *modelLink, now time.Time, pw string) bool {
	switch {
	case l.purpose != store.Reset:
		return false
	case l.ended == "used":
		return pw == m.password
	case !l.live(now) || !m.open():
		return false
	}
	l.ended = "used"
	m.void(store.Reset, store.Confirm)
	m.state, m.password, m.pending = keyfold.PasswordSet, pw, ""
	m.change()
	return true
}

func (m *model) mayLogIn(pw string) bool {
	return m.open() && m.state != keyfold.Legacy && pw == m.password
}

func (m *model) submit(to string) bool {
	if !m.open() || m.state == keyfold.Legacy {
		return false
	}
	if m.waitsFor(to) {
		return true
	}
	m.void(store.Confirm)
	m.state, m.pending = keyfold.EmailPending, to
	m.change()
	return true
}

func (m *model) waitsFor(to string) bool { return m.state == keyfold.EmailPending && m.pending == to }

func (m *model) mayConfirm(l *modelLink, now time.Time) bool {
	return l.purpose == store.Confirm && l.live(now) && m.open() && m.state == keyfold.EmailPending && m.pending == l.to
}

// own is step 8, or the link in its place.
func (m *model) own(l *modelLink) {
	l.ended = "used"
	m.void(store.Reset, store.Confirm)
	m.state, m.pending, m.care = keyfold.Registered, "", false
	m.change()
}

func (m *model) dispute(l *modelLink, now time.Time) bool {
	switch {
	case l.purpose != store.Dispute:
		return false
	case l.ended == "used":
		return true
	case !l.live(now) || m.closed && !m.frozen:
		return false
	}
	l.ended = "used"
	if !m.frozen {
		m.frozen, m.care = true, true
		m.void(store.Reset, store.Confirm)
		m.change()
	}
	return true
}

// sync is what the customer database may change.
func (m *model) sync(contact string, closed bool) {
	moved := contact != m.contact
	if moved && m.frozen || !moved && closed == m.closed {
		return
	}
	if moved || closed {
		m.void(store.Reset, store.Confirm)
	}
	if moved || closed && !m.closed {
		m.unpend()
	}
	switch needs := m.frozen || m.state != keyfold.Registered && contact == ""; {
	case closed && !m.closed:
		m.care = false
	case !closed && needs:
		m.care = true
	case moved && contact != "" && !m.frozen:
		m.care = false
	}
	m.contact, m.closed = contact, closed
	m.change()
}
