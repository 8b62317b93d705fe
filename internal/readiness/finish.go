package readiness

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Report makes the report, and looks up the domains before if that is wanted.
// Call it once, after the last row. When ctx ends meanwhile, the domains that
// are left were not checked.
func (t *Tally) Report(ctx context.Context) (Report, error) {
	shared, err := t.shared()
	t.fail(err)
	looked, err := t.lookUp(ctx)
	t.fail(err)
	t.fail(t.fix.close())
	if t.err != nil {
		return Report{}, t.err
	}
	r := Report{
		Source: t.config.Source, Unit: t.config.Unit, Stopped: t.stopped, Counts: t.total,
		Findings: t.findings(), Entities: slices.Clone(t.entities), Shared: shared, LookedUp: looked, Unknown: t.unknown(looked),
	}
	for name, n := range t.formats {
		r.Formats = append(r.Formats, Format{Name: cmp.Or(name, "unknown"), Count: n})
	}
	slices.SortFunc(r.Formats, func(a, b Format) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	slices.SortFunc(r.Entities, func(a, b Entity) int {
		return cmp.Or(cmp.Compare(b.All(), a.All()), cmp.Compare(a.Code, b.Code))
	})
	return r, nil
}

// unknown says what nobody looked at.
func (t *Tally) unknown(looked LookedUp) (what []string) {
	if t.stopped != "" {
		what = append(what, "The rows after the place where the source could not be read on.")
	}
	switch {
	case t.config.Resolver == nil:
		what = append(what, "Whether mail reaches the domains of the contacts. With --check-mx they are looked up.")
	case looked.Unchecked > 0:
		what = append(what, "Whether mail reaches the domains that gave no answer.")
	}
	what = append(what, "Whether the mailboxes themselves exist. Only a mail can tell.")
	if len(t.formats) == 0 {
		what = append(what, "Legacy passwords: the source has none, or none that could be used.")
	}
	if !t.hosted {
		what = append(what, "Whether contacts are at domains that you host. The column hosted_domains would tell.")
	}
	return what
}

func (t *Tally) findings() (all []Finding) {
	for _, k := range Kinds() {
		f := t.found[k]
		if f.Count == 0 || k == HashMissing && len(t.formats) == 0 {
			continue
		}
		f.Kind = k
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Kind.About().Severity, b.Kind.About().Severity), cmp.Compare(b.Count, a.Count))
	})
	return all
}

// lookUp asks about each domain once, and counts the customers of each.
func (t *Tally) lookUp(ctx context.Context) (LookedUp, error) {
	if t.config.Resolver == nil {
		return LookedUp{}, nil
	}
	ctx, done := context.WithTimeout(ctx, t.config.Patience)
	defer done()
	verdicts, err := t.verdicts(ctx)
	if err != nil {
		return LookedUp{}, err
	}
	var looked LookedUp
	for _, v := range verdicts {
		looked.add(v)
	}
	if looked.Reachable == 0 && looked.Domains >= fewDomains {
		// A resolver that finds none of so many domains is cut off from the
		// world, and says so of each.
		clear(verdicts)
		looked = LookedUp{Domains: looked.Domains, Unchecked: looked.Domains}
	}
	return looked, t.judge(verdicts)
}

// fewDomains can all be unreachable in earnest.
const fewDomains = 10

func (l *LookedUp) add(v verdict) {
	l.Domains++
	switch {
	case v == reachable:
		l.Reachable++
	case v.unreachable():
		l.Unreachable++
	default:
		l.Unchecked++
	}
}

// verdicts are those on the domains, in the order of the sorter: a byte for
// each, where the names would take more memory than there is.
func (t *Tally) verdicts(ctx context.Context) (all []verdict, err error) {
	l := &lookup{resolver: t.config.Resolver, atOnce: t.config.Lookups, wait: t.config.Wait, servers: map[string]verdict{}}
	var batch []string
	var latest record
	for r, err := range t.domains.sorted() {
		if err != nil {
			return nil, err
		}
		if len(all)+len(batch) > 0 && r.sameKey(latest) {
			continue
		}
		latest = r
		e, err := t.entry(r)
		if err != nil {
			return nil, err
		}
		_, domain, _ := strings.Cut(e.mailbox, "@")
		if batch = append(batch, domain); len(batch) == 64*t.config.Lookups {
			all = append(all, l.all(ctx, batch)...)
			batch = batch[:0]
		}
	}
	return append(all, l.all(ctx, batch)...), nil
}

func (t *Tally) entry(r record) (entry, error) {
	place, _, _ := unpacked(r.at)
	return t.customers.entry(place)
}

// judge counts the customers of each domain by what is known of it now.
func (t *Tally) judge(verdicts []verdict) error {
	lost := sorter{dir: t.config.Dir, room: roomRecords} // by the order of the source
	defer func() { t.fail(lost.file.close()) }()
	i := -1
	var latest record
	for r, err := range t.domains.sorted() {
		if err != nil {
			return err
		}
		if i < 0 || !r.sameKey(latest) {
			latest = r
			i++
		}
		v := verdicts[i]
		_, entity, alone := unpacked(r.at)
		if alone {
			t.add(entity, v.counts())
		}
		if v == reachable {
			continue
		}
		if err := lost.add(record{hi: r.at, lo: uint64(v), at: r.at}); err != nil {
			return err
		}
	}
	return t.tellLost(&lost)
}

// counts is one customer who has nothing but the domain against it.
func (v verdict) counts() Counts {
	switch {
	case v == reachable:
		return Counts{Ready: 1}
	case v.unreachable():
		return Counts{Care: 1}
	}
	return Counts{Unchecked: 1}
}

// tellLost notes who cannot be reached, in the order of the source.
func (t *Tally) tellLost(lost *sorter) error {
	for r, err := range lost.sorted() {
		if err != nil {
			return err
		}
		v := verdict(r.lo) //nolint:gosec // G115: it was one
		e, err := t.entry(r)
		if err != nil {
			return err
		}
		if !v.unreachable() {
			t.note(ContactUnchecked, e.line, e.customer, "")
			continue
		}
		_, domain, _ := strings.Cut(e.mailbox, "@")
		what := domain + " " + v.why()
		t.note(ContactUnreachable, e.line, e.customer, what)
		err = t.fix.add(Defect{Line: e.line, Typed: e.customer, Column: ContactUnreachable.About().Column, Kind: ContactUnreachable, Reason: what})
		if err != nil {
			return err
		}
	}
	return nil
}
