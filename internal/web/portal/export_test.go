package portal

// What the tests look at from inside.
var (
	GroupOf  = groupOf
	Harmless = harmless
	CSVLine  = csvLine
	Untold   = untold
)
