package main

import "testing"

func TestAListOfRemindersIsReadFromTheFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"reminders: {after: [24h, 3d]}":     "24h, 72h",
		"reminders: {after: []}":            "none",
		"reminders: {after: none}":          "none",
		"reminders: {after: 1d 2d}":         "24h, 48h",
		"reminders:\n  after:\n    - 5h\n":  "5h",
		"reminders: {drop_pending: 60d}":    "24h, 72h, 168h",
		"reminders: {after: \"\"}":          "24h, 72h, 168h",
		"reminders: {after: \"1d, 2d 3d\"}": "24h, 48h, 72h",
	} {
		c, err := loadConfig(input{file: yamlFile(t, text)})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := inForce(c, "reminders.after"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
