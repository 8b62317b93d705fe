package trail

import "fmt"

// A Kind is a way in which the trail is not as it was sealed.
type Kind string

// The kinds of faults.
const (
	Changed     Kind = "changed"      // an event says something else
	Missing     Kind = "missing"      // events are gone
	Added       Kind = "added"        // an event was put where none was
	Moved       Kind = "moved"        // an event stands at another place
	SealChanged Kind = "seal_changed" // a seal is not the one that was made
	SealMissing Kind = "seal_missing" // seals are gone
	CutOff      Kind = "cut_off"      // there was more of the trail
	OtherTrail  Kind = "other_trail"  // this is not the trail that a head names
	NoteChanged Kind = "note_changed" // what says which events had their time is not ours
)

// A Fault is something in the trail that nobody with the secret has written so.
type Fault struct {
	Kind  Kind   `json:"kind"`
	Seal  int64  `json:"seal,omitempty"`  // in whose stretch it is
	Event int64  `json:"event,omitempty"` // its place; of some that are gone, the first that they can have had
	To    int64  `json:"to,omitempty"`    // where it stands now; of some that are gone, the last place
	Count int64  `json:"count,omitempty"` // how many are gone
	What  string `json:"what"`            // in words
}

func changed(seal, place int64) Fault {
	return Fault{Kind: Changed, Seal: seal, Event: place, What: fmt.Sprintf("event %d was changed (seal %d)", place, seal)}
}

func added(seal, place int64) Fault {
	if seal == 0 {
		return Fault{Kind: Added, Event: place, What: fmt.Sprintf("event %d was added: places begin at 1", place)}
	}
	return Fault{Kind: Added, Seal: seal, Event: place, What: fmt.Sprintf("event %d was added (seal %d)", place, seal)}
}

// missing are events that are gone, somewhere from one place to another one.
func missing(seal, from, to, n int64) Fault {
	what := fmt.Sprintf("event %d is missing (seal %d)", from, seal)
	switch {
	case from != to && n == 1:
		what = fmt.Sprintf("an event is missing, one of %d to %d (seal %d)", from, to, seal)
	case from != to:
		what = fmt.Sprintf("%d events are missing, from %d to %d (seal %d)", n, from, to, seal)
	}
	return Fault{Kind: Missing, Seal: seal, Event: from, To: to, Count: n, What: what}
}

func moved(seal, from, to int64) Fault {
	return Fault{Kind: Moved, Seal: seal, Event: from, To: to, What: fmt.Sprintf("event %d was moved: it stands at place %d (seal %d)", from, to, seal)}
}

func sealChanged(seal int64, how string) Fault {
	return Fault{Kind: SealChanged, Seal: seal, What: fmt.Sprintf("seal %d %s", seal, how)}
}

func sealsMissing(from, to, after, upTo int64) Fault {
	what := fmt.Sprintf("seal %d is missing: nothing proves the events after %d up to %d", from, after, upTo)
	if from != to {
		what = fmt.Sprintf("seals %d to %d are missing: nothing proves the events after %d up to %d", from, to, after, upTo)
	}
	return Fault{Kind: SealMissing, Seal: from, Event: after, To: upTo, Count: to - from + 1, What: what}
}
