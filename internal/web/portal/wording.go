package portal

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/web/ui"
)

// searchFrom is the number of accounts from which the list has a search.
const searchFrom = 10

// prefix is the entity part of an ID, for the eye.
func prefix(id string) string {
	return id[:len(id)-len(strings.TrimLeft(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
}

// day is when an account was used: to the minute when it was today or
// yesterday, else the day.
func day(p ui.Page, t time.Time) string {
	if p.Now.Sub(t) < 24*time.Hour {
		return p.Moment(t)
	}
	return p.Date(t)
}

func (v LinkProblemView) title() string { return "link_problem." + string(v.Kind) + ".title" }

// when is the sentence with the moment, if there is one to tell.
func (v LinkProblemView) when() string {
	if v.When.IsZero() || (v.Kind != LinkExpired && v.Kind != LinkUsed) {
		return ""
	}
	return "link_problem." + string(v.Kind) + ".when"
}

// why is the text for what is wrong with a link of that purpose. Some answers
// are the same for all purposes.
func (v LinkProblemView) why() string {
	if v.Kind == LinkUnknown || v.Kind == LinkMoved {
		return "link_problem." + string(v.Kind) + ".lede"
	}
	return "link_problem." + string(v.Kind) + "." + string(v.Purpose)
}

// aboutOwner reports whether the link was about who owns an account: most often,
// customer care can say more.
func (v LinkProblemView) aboutOwner() bool {
	return v.Purpose == ForTakeBack || v.Purpose == ForRecover || v.Purpose == ForKeep
}

// done reports whether what the link was for has come about: to log in is next.
func (v LinkProblemView) done() bool {
	return v.Purpose != ForNotMe && !v.aboutOwner() && (v.Kind == LinkUsed || v.Kind == LinkMoved)
}

func (v LinkProblemView) fallback() string {
	if v.CanResend {
		return "again"
	}
	return ""
}

func (v LinkView) fallback() string {
	switch {
	case v.AskProof:
		return FieldProof
	case v.AskPassword:
		return FieldLoginPassword
	default:
		return "link"
	}
}

func (v ChooserView) searchable() bool { return v.Total >= searchFrom }

// at is another page of the same search.
func (v ChooserView) at(page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	if v.Query != "" {
		q.Set("q", v.Query)
	}
	return "/accounts?" + q.Encode()
}

func (v ErrorView) text(part string) string { return "error." + string(v.Kind) + "." + part }

// timed reports whether it is a matter of time.
func (v ErrorView) timed() bool {
	return slices.Contains([]ErrorKind{Slow, Busy, Unavailable}, v.Kind)
}

// again reports whether the same page is worth another try.
func (v ErrorView) again() bool { return v.timed() || v.Kind == Cookies || v.Kind == Fault }

// helpful reports whether customer care can do more than the person.
func (v ErrorView) helpful() bool { return v.Kind != Slow && v.Kind != Busy }

// path is where to try again. A page that only answers posts has none.
func (v ErrorView) path() string {
	path, _, _ := strings.Cut(v.Path, "?")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || path == "/logout" {
		return "/login"
	}
	return v.Path
}

// A piece of a mail is plain text, or an address that can be followed.
type piece struct {
	text string
	link bool
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)]`)

func pieces(text string) []piece {
	var out []piece
	for {
		at := webAddress.FindStringIndex(text)
		if at == nil {
			return append(out, piece{text: text})
		}
		out = append(out, piece{text: text[:at[0]]}, piece{text: text[at[0]:at[1]], link: true})
		text = text[at[1]:]
	}
}
