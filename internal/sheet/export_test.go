package sheet

// Harmless is tested on its own.
var Harmless = harmless
