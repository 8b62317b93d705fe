package funnel

import (
	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A Stage is one of the stages that accounts are counted in. Each account is in
// exactly one of [Stages], and may be in some of [Flags] beside it.
type Stage string

// The stages, in the order of the ten steps.
const (
	Legacy       Stage = "legacy"        // nobody has come yet
	Asked        Stage = "asked"         // steps 1 and 2: a reset was asked for
	PasswordSet  Stage = "password_set"  // step 3
	EmailPending Stage = "email_pending" // step 5
	Registered   Stage = "registered"    // step 8
	Linked       Stage = "linked"        // has its owner by a link
	Closed       Stage = "closed"        // the customer database says so

	NeedsCare Stage = "needs_care"
	Frozen    Stage = "frozen"
)

// Stages are the stages that make up all accounts, in order.
func Stages() []Stage {
	return []Stage{Legacy, Asked, PasswordSet, EmailPending, Registered, Linked, Closed}
}

// Flags are what an account can have beside its stage.
func Flags() []Stage { return []Stage{NeedsCare, Frozen} }

// stageOf is the stage of an account. Its state is not all of it: whether a customer
// without a password has come, and how the owner got an account, is what we keep.
func stageOf(p keyfold.Place, kept store.FunnelAccount) Stage {
	switch {
	case p.Closed:
		return Closed
	case p.State == keyfold.Legacy && kept.Day != "":
		return Asked
	case p.State == keyfold.Registered && kept.Linked:
		return Linked
	}
	return Stage(p.State)
}

// flagsOf are the flags of a place.
func flagsOf(p keyfold.Place) map[Stage]bool {
	return map[Stage]bool{NeedsCare: p.NeedsCare, Frozen: p.Frozen}
}

// steps are the stages that who comes goes through one after the other.
func steps() []Stage { return []Stage{Asked, PasswordSet, EmailPending, Registered} }

// Reaching are the stages by which it is told how far those got who came.
func Reaching() []Stage { return append(steps(), Linked) }
