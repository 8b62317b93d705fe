package keyfold

// trailKinds are those of the trail itself.
func trailKinds() []EventKind {
	return []EventKind{
		{"trail.pruned", "Events were taken away whose time was over (audit.keep). The note says how many, and up to which seal.", false},
	}
}
