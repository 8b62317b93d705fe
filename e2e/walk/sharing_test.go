package walk_test

// sharing are the steps of accounts that have several users.
func sharing() []step {
	return memberSteps()
}
