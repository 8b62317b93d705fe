package ui

// A ChoiceList is several boxes under one legend, of which one is chosen. Texts are
// message IDs.
type ChoiceList struct {
	ID, Label string
	Chosen    string
	Choices   []Choice
}

// A Choice is one of them.
type Choice struct{ Value, Label string }
