package limit

import "time"

// Staff are the counters of logins to the care desk.
type Staff struct {
	Name, NameDay, Device, DeviceDay, Address Rule
	Code, CodeTold                            Rule
}

// What a colleague types wrong on a bad day, and no more than a guesser could
// use: of a million codes, three are right at any moment.
const (
	staffTries    = 10
	staffTriesDay = 50
	staffClient   = 60
	staffCodes    = 4 // the fifth is told
)

func makeStaff() Staff {
	const quarter, day = 15 * time.Minute, 24 * time.Hour
	return Staff{
		Name: Rule{
			"staff-login", staffTries, quarter, "login.slow", "one address at the log in of the care desk, as typed, known or not; browsers that have logged in before have a counter of their own",
			"Slows down guessing, of the password and of the code.",
		},
		NameDay: Rule{"staff-login-day", staffTriesDay, day, "login.slow", "one address, as above", "Slows down patient guessing."},
		Device: Rule{
			"staff-device", staffTries, quarter, "login.slow", "one address in one browser that has logged in to the care desk before",
			"Who guesses from elsewhere cannot keep a colleague out.",
		},
		DeviceDay: Rule{"staff-device-day", staffTriesDay, day, "login.slow", "one address in one browser, as above", "A stolen mark of a browser is no way to guess on."},
		Address:   Rule{"staff-address", staffClient, time.Minute, "login.slow", "one client address (IPv6: its /64) that logs in to the care desk", "Slows down who tries one password on all of the staff."},
		Code:      Rule{"staff-code", staffCodes, day, "", "one of the staff whose password was right and whose code was not", "Beyond it, the person is told by mail: somebody may know the password."},
		CodeTold:  Rule{"staff-code-told", 1, day, "", "one of the staff who is told so", "One mail a day says it."},
	}
}

func (s Staff) all() []Rule {
	return []Rule{s.Name, s.NameDay, s.Device, s.DeviceDay, s.Address, s.Code, s.CodeTold}
}
