package locale

import (
	"strconv"
	"time"

	"github.com/keyfold/keyfold"
)

var months = map[keyfold.Language][12]string{
	keyfold.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	keyfold.Dutch:   {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
	keyfold.German:  {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
}

// Date is a day in full: "12 March 2026", "12. März 2026". The zone is t's.
func (p *Printer) Date(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if p.lang == keyfold.German {
		day += "."
	}
	return day + " " + months[p.lang][t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Clock is the time of day: "14:02". The zone is t's.
func (p *Printer) Clock(t time.Time) string { return t.Format("15:04") }

// Moment is day and time as seen from now: "14:02 today" when it is the same
// day, "14:02 tomorrow", "14:02 on 12 March 2026" otherwise. The zone is t's.
func (p *Printer) Moment(t, now time.Time) string {
	now = now.In(t.Location())
	day := func(x time.Time) string { return x.Format(time.DateOnly) }
	switch day(t) {
	case day(now):
		return p.Text("time.today", "Clock", p.Clock(t))
	case day(now.AddDate(0, 0, 1)):
		return p.Text("time.tomorrow", "Clock", p.Clock(t))
	case day(now.AddDate(0, 0, -1)):
		return p.Text("time.yesterday", "Clock", p.Clock(t))
	}
	return p.Text("time.on", "Clock", p.Clock(t), "Date", p.Date(t))
}

// Span is a length of time in words, in its one largest unit, rounded up: "60
// minutes", "24 hours", "4 minutes". What is less than a minute is a minute.
func (p *Printer) Span(d time.Duration) string {
	minutes := max(1, int((d+time.Minute-1)/time.Minute))
	switch {
	case minutes <= 90:
		return p.Text("time.minutes", "Count", minutes)
	case minutes <= 48*60:
		return p.Text("time.hours", "Count", (minutes+59)/60)
	default:
		return p.Text("time.days", "Count", (minutes+24*60-1)/(24*60))
	}
}
