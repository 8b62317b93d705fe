package limit

import "time"

// Find are the counters of the search for customers.
type Find struct{ Hour, Day Rule }

// More than who has a caller on the phone each minute.
const findsHour, findsDay = 120, 600

func makeFind() Find {
	return Find{
		Hour: Rule{"find", findsHour, time.Hour, "find.slow", "one of the staff who looks for customers", "Nobody copies the customers one search after the other."},
		Day:  Rule{"find-day", findsDay, 24 * time.Hour, "find.slow", "one of the staff, as above", "As above, over a day."},
	}
}

func (f Find) all() []Rule { return []Rule{f.Hour, f.Day} }
