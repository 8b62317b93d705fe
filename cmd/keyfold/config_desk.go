package main

import "net/url"

// deskURL is where the staff reach the care desk.
func (c *config) deskURL() url.URL {
	if c.CareURL.Host != "" {
		return c.CareURL
	}
	return c.PublicURL
}

// checkDesk finds two listeners in one place.
func (l *loader) checkDesk() {
	for _, other := range []struct{ key, value, whose string }{
		{"listen", l.Listen, "the pages of customers"}, {"metrics_listen", l.MetricsListen, "the metrics"},
	} {
		if l.CareListen != "" && l.read("care_listen", other.key) && l.CareListen == other.value {
			l.problemOf("care_listen", "%q is the address of %s too. Give another port, or leave care_listen out.", l.CareListen, other.whose)
		}
	}
}
