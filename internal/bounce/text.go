package bounce

import (
	"regexp"
	"strings"
)

// byText reads the reports of servers that write for people: qmail, and Exim
// before it learnt better.
func byText(top header, text string) []Report {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	switch failed := top["x-failed-recipients"]; {
	case failed != "":
		return exim(text, strings.Split(failed, ","), Failed)
	case strings.HasPrefix(strings.TrimSpace(text), "Hi. This is the "):
		return qmail(text)
	case strings.Contains(text, "has not yet been delivered to one or more of its"):
		return exim(text, waiting(text), Delayed)
	}
	return nil
}

var alias = regexp.MustCompile(`\(generated from ([^\s()]{3,254})\)`)

// exim has each address on an indented line of its own, and below it, further in,
// what happened.
func exim(text string, addresses []string, action Action) (reports []Report) {
	lines := strings.Split(text, "\n")
	for _, address := range addresses[:min(len(addresses), maxReports)] {
		address = strings.TrimSpace(address)
		r := Report{Action: action, Recipients: appendMailboxes(nil, address)}
		below := false
		for _, line := range lines {
			trimmed := strings.TrimSpace(line)
			switch {
			case trimmed == address && line != trimmed:
				below = true
			case !below:
			case trimmed == "" || !strings.HasPrefix(line, "   "):
				below = false
			default:
				r.Diagnostic += trimmed + " "
			}
		}
		r.Status = statusIn(r.Diagnostic)
		if from := alias.FindStringSubmatch(r.Diagnostic); from != nil {
			r.Recipients = appendMailboxes(r.Recipients, from[1])
		}
		if len(r.Recipients) > 0 {
			reports = append(reports, r)
		}
	}
	return reports
}

// waiting are the addresses in a warning of Exim's.
func waiting(text string) (addresses []string) {
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") && strings.Count(trimmed, "@") == 1 && !strings.Contains(trimmed, " ") {
			addresses = append(addresses, trimmed)
		}
	}
	return addresses
}

// qmail has a paragraph for each address, which begins with it, up to one that
// begins with a dash (QSBMF). It sends when it has given up.
func qmail(text string) (reports []Report) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		paragraph = strings.Trim(paragraph, "\n")
		if strings.HasPrefix(paragraph, "-") || len(reports) == maxReports {
			break
		}
		first, why, _ := strings.Cut(paragraph, "\n")
		if !strings.HasPrefix(first, "<") || !strings.HasSuffix(first, ">:") {
			continue
		}
		r := Report{Action: Failed, Recipients: appendMailboxes(nil, strings.TrimSuffix(first, ":")), Diagnostic: why, Status: statusIn(why)}
		if len(r.Recipients) > 0 {
			reports = append(reports, r)
		}
	}
	return reports
}

var copyBegins = regexp.MustCompile(`(?m)^-+ (?:This is a copy of|Below this line is a copy of|The body of the message|Original message).*$`)

// copyIn is the head of the mail that came back in the text itself.
func copyIn(text string) header {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	at := copyBegins.FindStringIndex(text)
	if at == nil {
		return header{}
	}
	h, _ := fieldsOf([]byte(strings.TrimLeft(text[at[1]:], "\n")))
	return h
}
