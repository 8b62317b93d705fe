package keyfold

// findKinds are those of the search for customers.
func findKinds() []EventKind {
	return []EventKind{
		{"care.search_refused", "Somebody of the staff searched more often than who helps callers, and got no answer.", false},
		{"care.searched", "Somebody of the staff looked for a customer. The note says by what, and how many were found; what was typed is not kept.", false},
	}
}
