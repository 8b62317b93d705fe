package readiness_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/readiness"
)

// BenchmarkRow is what a row costs the import, the files included.
func BenchmarkRow(b *testing.B) {
	for _, looked := range []bool{false, true} {
		b.Run(fmt.Sprintf("looked up %v", looked), func(b *testing.B) {
			c := readiness.Config{}
			if looked {
				c.Resolver = world{}
			}
			tally := newTally(b, c)
			rows := make([]readiness.Row, 10_000)
			for i := range rows {
				rows[i] = row(b, i, fmt.Sprintf("NL1%07d", i), fmt.Sprintf("customer%d@domain%d.nl", i, i/3))
			}
			for i := 0; b.Loop(); i++ {
				r := &rows[i%len(rows)]
				r.Line = i + 2
				tally.Row(*r)
			}
		})
	}
}

// TestMemoryStaysTheSame counts more customers than memory has room for.
func TestMemoryStaysTheSame(t *testing.T) {
	const (
		bound = 40 << 20
		rows  = 600_000 // for ten million, it is the same
	)
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	tally := newTally(t, readiness.Config{Resolver: world{"domain0.nl.": {"A 192.0.2.1"}}, Mailboxes: &full{1 << 40}})
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	look := func(when string) {
		runtime.ReadMemStats(&now)
		if n := int64(now.HeapAlloc) - int64(before.HeapAlloc); n > bound {
			t.Fatalf("%s: %d MiB", when, n>>20)
		}
	}
	in := row(t, 2, "NL100001", "a@b.nl")
	for i := range rows {
		in.Line, in.ID = i+2, customerID(t, fmt.Sprintf("NL1%08d", i))
		in.Contact = keyfold.Contact{Email: email(t, fmt.Sprintf("customer%d@domain%d.nl", i-i%2, i%100_000))}
		tally.Row(in)
		if i%100_000 == 0 {
			look(fmt.Sprintf("after %d rows", i))
		}
	}
	r := report(t, tally)
	look("after the report")
	if r.All() != rows || r.Shared.Mailboxes != 0 || r.LookedUp.Domains != 100_000 {
		t.Errorf("%+v, %+v, %d shared", r.Counts, r.LookedUp, r.Shared.Mailboxes)
	}
}
