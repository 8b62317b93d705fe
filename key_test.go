package keyfold_test

import (
	"testing"

	"github.com/keyfold/keyfold"
)

func wantedKey() keyfold.APIKey {
	return keyfold.APIKey{ID: "k1", Name: "Monitoring", Hash: "h", Hint: "x9Qz", Scopes: keyfold.ScopesOf(keyfold.UsersScope), Maker: "u1"}
}

// TestOnlyAnOpenAccountWithAnOwnerGetsKeys tries from every state.
func TestOnlyAnOpenAccountWithAnOwnerGetsKeys(t *testing.T) {
	for _, from := range situations() {
		a := from.account
		c, err := a.NewKey(act, noon, wantedKey(), 0)
		if ok := a.State == keyfold.Registered && !a.Frozen && !a.Closed; (err == nil) != ok {
			t.Errorf("%s: %v", from.name, err)
		}
		if err != nil {
			continue
		}
		if k, e := c.Key(), c.Event(); k.Account != a.ID || k.Created != noon || e.Kind != "key.created" || e.Account != a.ID || *e.Became.Key != (keyfold.KeyState{ID: "k1"}) {
			t.Errorf("%s: became %+v with %+v", from.name, k, e)
		}
	}
}

func TestAKeyHasANameAndAScopeAndRoom(t *testing.T) {
	a := sample(keyfold.Registered)
	for want, edit := range map[string]func(*keyfold.APIKey){
		"key.nameless": func(k *keyfold.APIKey) { k.Name = "" },
		"key.no_scope": func(k *keyfold.APIKey) { k.Scopes = keyfold.Scopes{} },
	} {
		k := wantedKey()
		edit(&k)
		if _, err := a.NewKey(act, noon, k, 0); !keyfold.RefusedAs(err, want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := a.NewKey(act, noon, wantedKey(), keyfold.MaxKeys-1); err != nil {
		t.Errorf("the last that there is room for: %v", err)
	}
	if _, err := a.NewKey(act, noon, wantedKey(), keyfold.MaxKeys); !keyfold.RefusedAs(err, "key.too_many") {
		t.Errorf("one too many: %v", err)
	}
}

func TestAKeyEndsOnce(t *testing.T) {
	c, err := wantedKey().End(act, noon)
	if err != nil || c.Key().Ended != noon || c.Event().Kind != "key.ended" || !c.Event().Became.Key.Ended {
		t.Errorf("ended as %+v with %+v: %v", c.Key(), c.Event(), err)
	}
	if _, err := c.Key().End(act, noon); !keyfold.RefusedAs(err, "key.ended") {
		t.Errorf("once more: %v", err)
	}
}

func TestScopesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]int{"": 0, "users": 1, "activity,account": 2, "account,contacts,users,activity": 4} {
		var s keyfold.Scopes
		if err := s.UnmarshalText([]byte(text)); err != nil || len(s.List()) != want {
			t.Errorf("%q: %v, %v", text, s.List(), err)
		}
		var again keyfold.Scopes
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%q reads as %v, %v", s, again, err)
		}
	}
	for _, text := range []string{"owner", "users,", ",", "Users", "users account"} {
		var s keyfold.Scopes
		if err := s.UnmarshalText([]byte(text)); !keyfold.RefusedAs(err, "scopes.unknown") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
