package help

import (
	"fmt"
	"strconv"
)

// FaultKind says how bad a fault is.
type FaultKind int

// The kinds of faults.
const (
	Note   FaultKind = iota + 1 // perhaps meant so
	Wrong                       // a reader would miss something
	Broken                      // the file cannot be used
)

// A Fault is something in a file that its writer should look at.
type Fault struct {
	Kind FaultKind
	File string
	Line int // 0: the file as a whole
	Text string
}

func (f Fault) String() string {
	at := f.File
	if f.Line > 0 {
		at += ":" + strconv.Itoa(f.Line)
	}
	if f.Kind == Note {
		return fmt.Sprintf("%s: note: %s.", at, f.Text)
	}
	return fmt.Sprintf("%s: %s.", at, f.Text)
}
