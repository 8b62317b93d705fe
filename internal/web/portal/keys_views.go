package portal

import (
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A KeyRow is one API key of an account.
type KeyRow struct {
	ID     string
	Name   string
	Hint   string
	Scopes keyfold.Scopes
	Made   time.Time
	Maker  string
	Left   bool // the maker has no access any more
	Used   time.Time
	Ended  time.Time
}

// A KeysView is the API keys of an account, with a form for one more.
type KeysView struct {
	AccountHead
	ui.Form
	Live        []KeyRow
	Over        []KeyRow // ended, the newest first
	Typed       string   // name of the key to make
	Picked      keyfold.Scopes
	Once        string // of the form; it makes one key, however often it is sent
	AskPassword bool
	JustEnded   bool
}

// stopped is why no key can be made now, as the ID of a text.
func (v KeysView) stopped() string {
	switch {
	case v.Status == StatusClosed:
		return "keys.closed"
	case v.Status == StatusFrozen:
		return "keys.frozen"
	case len(v.Live) >= keyfold.MaxKeys:
		return "keys.full"
	}
	return ""
}

// A KeyMadeView shows the secret of a new key, this once.
type KeyMadeView struct {
	AccountHead
	KeyName string
	Secret  string
	Address string // that the key opens
}

// An EndKeyView asks whether to end a key.
type EndKeyView struct {
	AccountHead
	ui.Form
	Key         KeyRow
	AskPassword bool
}

// scopeField is the name of the box of a scope.
func scopeField(s keyfold.Scope) string { return "scope-" + string(s) }

// FieldKeyName is the name of the field for the name of a key.
const FieldKeyName = "key-name"
