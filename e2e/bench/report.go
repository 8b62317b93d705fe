package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	tableBegins = "<!-- the bench writes from here -->"
	tableEnds   = "<!-- to here -->"
)

// report brings the table of a document up to date.
func (b *bench) report(file string) error {
	if file == "" {
		return nil
	}
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(page), tableBegins)
	_, tail, ok2 := strings.Cut(rest, tableEnds)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the table", file)
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%s\n\n%s, %d cores, %s. Other programs took up to %.0f %% of the machine.\n\n| What | Figure | Limit | Ratio | Target | |\n| --- | --- | --- | --- | --- | --- |\n",
		tableBegins, time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), runtime.Version(), 100*slices.Max(append(b.others, 0)))
	for _, r := range b.rows {
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s | %s |\n", r.what, r.value, r.limit, r.ratio, r.target, verdict(r.ok))
	}
	table.WriteString("\n" + tableEnds)
	return os.WriteFile(file, []byte(head+table.String()+tail), 0o644)
}
