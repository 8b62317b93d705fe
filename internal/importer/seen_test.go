package importer

import (
	"fmt"
	"testing"

	"github.com/keyfold/keyfold"
)

// TestSeenFindsWhatIsOnDisk: with next to nothing in memory, it knows the same.
func TestSeenFindsWhatIsOnDisk(t *testing.T) {
	s := newSeen(700)
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	id := func(i int) keyfold.CustomerID {
		id, err := keyfold.ParseCustomerID(fmt.Sprintf("NL%06d", i))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	const many = 5000
	for i := range many {
		if line, ok, err := s.line(id(i)); ok || err != nil {
			t.Fatalf("%d was seen in line %d: %v", i, line, err)
		}
		if err := s.add(id(i), i+2); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.runs) != many/700 || len(s.recent) != many%700 {
		t.Errorf("%d runs and %d in memory", len(s.runs), len(s.recent))
	}
	for i := range many {
		if line, ok, err := s.line(id(i)); !ok || err != nil || line != uint32(i+2) {
			t.Fatalf("%d is in line %d: %v, %v", i, line, ok, err)
		}
		if line, ok, err := s.line(id(i + many)); ok || err != nil {
			t.Fatalf("%d was seen in line %d: %v", i+many, line, err)
		}
	}
}
