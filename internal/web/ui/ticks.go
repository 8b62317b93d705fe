package ui

// A TickList is several boxes under one legend. Texts are message IDs; a refusal
// about all of them is on its ID.
type TickList struct {
	ID, Label string
	Hint      string
	Boxes     []Tick
}

// A Tick is one box. Its ID is its field.
type Tick struct {
	ID, Label string
	Hint      string
	Ticked    bool
}
