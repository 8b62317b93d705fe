package portal

// What the tests look at from inside.
var (
	GroupOf = groupOf
	Untold  = untold
)
