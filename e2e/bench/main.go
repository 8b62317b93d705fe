// Command bench measures how near the program comes to what the machine can do.
// Each figure is a ratio: the program and the machine's limit are measured in
// the same run, in turn, and the median of the ratios counts.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

// A bench is one run.
type bench struct {
	ctx    context.Context //nolint:containedctx // the run is the program
	folder string
	binary string
	self   string
	rounds int
	storms int

	imported int // customers of an import
	sought   int // customers among whom one is looked for
	only     string
	long     time.Duration // of one measurement
	rows     []row
	others   []float64 // what other programs took of the machine, between measurements
}

// A row is one figure of the report.
type row struct {
	what, value, limit, ratio, target string
	ok                                bool
}

func main() {
	quick := flag.Bool("quick", false, "a short run, for a first look")
	only := flag.String("only", "", "start, sessions, logins, links, accounts, help, find, funnel, import or storm: one part alone")
	write := flag.String("write", "", "the document whose table to bring up to date")
	database := flag.String("baseline", "", "serve the bare handler on this database (the bench calls itself)")
	listen := flag.String("listen", "", "where")
	key := flag.String("key", "", "primary key that it reads")
	sought := flag.Int("customers", 1_000_000, "among how many customers one is looked for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *database != "" {
		check(baseline(ctx, *database, *listen, *key))
		return
	}
	b := &bench{ctx: ctx, only: *only, rounds: 5, storms: 3, imported: importRows, sought: *sought, long: 5 * time.Second}
	if *quick {
		b.rounds, b.storms, b.imported, b.sought, b.long = 3, 1, importRowsQuick, min(*sought, 100_000), 2*time.Second
	}
	missed, err := b.run()
	check(err)
	check(b.report(*write))
	if busy := slices.Max(append(b.others, 0)); busy > quietEnough {
		fmt.Printf("Other programs took %.0f %% of the machine: ratios of what was not measured at the same moment mean little.\n", 100*busy)
	}
	if missed > 0 {
		fmt.Printf("%d of %d targets missed\n", missed, len(b.rows))
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run() (missed int, err error) {
	if b.folder, err = os.MkdirTemp("", "keyfold-bench-"); err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(b.folder) }()
	b.binary = filepath.Join(b.folder, "keyfold")
	if b.self, err = os.Executable(); err != nil {
		return 0, err
	}
	if err := b.build(); err != nil {
		return 0, err
	}
	for _, part := range []struct {
		name string
		do   func() error
	}{{"start", b.start}, {"sessions", b.sessions}, {"logins", b.logins}, {"links", b.links}, {"accounts", b.accounts}, {"help", b.help}, {"find", b.finds}, {"funnel", b.funnel}, {"import", b.imports}, {"storm", b.storm}} {
		if b.only != "" && b.only != part.name {
			continue
		}
		others, err := strangers(b.ctx)
		if err != nil {
			return 0, err
		}
		b.others = append(b.others, others)
		if err := part.do(); err != nil {
			return 0, err
		}
	}
	for _, r := range b.rows {
		if !r.ok {
			missed++
		}
	}
	return missed, nil
}

// add notes a figure and says it at once.
func (b *bench) add(r row) {
	b.rows = append(b.rows, r)
	fmt.Printf("%-58s %14s %14s %8s %10s  %s\n", r.what, r.value, r.limit, r.ratio, r.target, verdict(r.ok))
}

func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "MISSED"
}

// atLeast is a figure that has to be so much of the limit.
func (b *bench) atLeast(what string, values, limits []float64, target float64) {
	ratios := make([]float64, len(values))
	for i := range values {
		ratios[i] = values[i] / limits[i]
	}
	ratio := median(ratios)
	b.add(row{
		what: what, value: fmt.Sprintf("%.0f /s", median(values)), limit: fmt.Sprintf("%.0f /s", median(limits)),
		ratio: fmt.Sprintf("%.2f", ratio), target: fmt.Sprintf("≥ %.2f", target), ok: ratio >= target,
	})
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
