package funnel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A Query is what somebody wants to know: a time, and an entity or all of them.
type Query struct {
	From, To string // days, as 2026-03-01; empty: the 30 days to today
	Entity   string
}

// maxDays is the longest time that is shown at once.
const maxDays = 1100

// period reads a query. It refuses days that are none, and times that end before they
// begin or are too long.
func (q Query) period(today string) (days []string, err error) {
	to, err := day(q.To, today, "until")
	if err != nil {
		return nil, err
	}
	from, err := day(q.From, to.AddDate(0, 0, -29).Format(time.DateOnly), "from")
	if err != nil {
		return nil, err
	}
	switch {
	case from.After(to):
		return nil, keyfold.Refuse(keyfold.Invalid, "funnel.ends_before").On("until")
	case to.Sub(from) >= maxDays*24*time.Hour:
		return nil, keyfold.Refuse(keyfold.Invalid, "funnel.too_long").On("from").With("Days", maxDays)
	}
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) { // days of a calendar: 24 hours each, as in UTC
		days = append(days, d.Format(time.DateOnly))
	}
	return days, nil
}

func day(typed, otherwise, field string) (time.Time, error) {
	if typed == "" {
		typed = otherwise
	}
	d, err := time.Parse(time.DateOnly, typed)
	if err != nil {
		return time.Time{}, keyfold.Refuse(keyfold.Invalid, "funnel.no_day").On(field)
	}
	return d, nil
}

// Counts are how many accounts there are in each stage.
type Counts map[Stage]int64

// Of is the sum of some stages.
func (c Counts) Of(stages ...Stage) (n int64) {
	for _, s := range stages {
		n += c[s]
	}
	return n
}

// A DayCount is one day: where the accounts were when it was over, and how many had
// come to a stage on it.
type DayCount struct {
	Day     string `json:"day"`
	Stood   Counts `json:"stood"`
	Entered Counts `json:"entered"`
}

// A Report is what was counted in a time.
type Report struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Entity   string          `json:"entity,omitempty"`
	Before   Counts          `json:"before"`  // when it began
	Days     []DayCount      `json:"days"`    // each of them, in order
	Entered  Counts          `json:"entered"` // in all of it
	Reached  Counts          `json:"reached"` // of those who came in it, until now
	Entities []string        `json:"entities"`
	At       store.Following `json:"-"`
}

// After is where the accounts were when the time was over.
func (r Report) After() Counts { return r.Days[len(r.Days)-1].Stood }

// Read makes the report. All of it is of one moment.
func (s *Service) Read(ctx context.Context, q Query) (report Report, err error) {
	days, err := q.period(Day(s.DB.Reader().Now(), s.Zone))
	if err != nil {
		return Report{}, err
	}
	err = s.DB.Snapshot(ctx, func(r store.Reader) (err error) {
		report, err = read(ctx, r, days, q.Entity)
		return err
	})
	return report, fault(err)
}

// fault passes a refusal on as it is.
func fault(err error) error {
	if err == nil || len(keyfold.Refused(err)) > 0 {
		return err
	}
	return fmt.Errorf("funnel: %w", err)
}

func read(ctx context.Context, r store.Reader, days []string, entity string) (report Report, err error) {
	report = Report{From: days[0], To: days[len(days)-1], Entity: entity, Entered: Counts{}}
	if report.At, err = r.Following(ctx, follower); err != nil {
		return report, err
	}
	if report.Entities, err = r.FunnelEntities(ctx); err != nil {
		return report, err
	}
	if entity != "" && !slices.Contains(report.Entities, entity) {
		return report, keyfold.Refuse(keyfold.Invalid, "funnel.no_entity").On("entity").With("Entity", entity)
	}
	before, err := r.FunnelBefore(ctx, report.From, entity)
	if err != nil {
		return report, err
	}
	reached, err := r.FunnelStarts(ctx, report.From, report.To, entity)
	if err != nil {
		return report, err
	}
	report.Before, report.Reached = named(before), named(reached)
	rows, err := r.FunnelDays(ctx, report.From, report.To, entity)
	return report.filled(days, rows), err
}

// filled has a day for each, also for those on which nothing happened.
func (r Report) filled(days []string, rows []store.FunnelRow) Report {
	stood := maps.Clone(r.Before)
	for _, d := range days {
		is := DayCount{Day: d, Entered: Counts{}}
		for len(rows) > 0 && rows[0].Day == d {
			row := rows[0]
			rows = rows[1:]
			stood[Stage(row.Stage)] += row.Delta
			if row.Entered != 0 {
				is.Entered[Stage(row.Stage)] = row.Entered
				r.Entered[Stage(row.Stage)] += row.Entered
			}
		}
		is.Stood = maps.Clone(stood)
		r.Days = append(r.Days, is)
	}
	return r
}

func named(sums map[string]int64) Counts {
	c := Counts{}
	for stage, n := range sums {
		c[Stage(stage)] = n
	}
	return c
}

// All are the stages and flags, as they stand in a file.
func All() []Stage { return slices.Concat(Stages(), Flags()) }

// ReadEach makes a report for each entity, or for the one that is asked for.
func (s *Service) ReadEach(ctx context.Context, q Query) (all []Report, err error) {
	if q.Entity != "" {
		r, err := s.Read(ctx, q)
		return []Report{r}, err
	}
	days, err := q.period(Day(s.DB.Reader().Now(), s.Zone))
	if err != nil {
		return nil, err
	}
	err = s.DB.Snapshot(ctx, func(r store.Reader) error {
		entities, err := r.FunnelEntities(ctx)
		for _, e := range entities {
			report, err := read(ctx, r, days, e)
			if err != nil {
				return err
			}
			all = append(all, report)
		}
		return err
	})
	return all, fault(err)
}
