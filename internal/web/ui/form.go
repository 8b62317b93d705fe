package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

// A Form is what every view with a form has: the reasons why it is shown
// again. A reason without a field is about the form as a whole.
type Form struct {
	Refusals keyfold.Refusals
}

// On are the reasons that belong to a field.
func (f Form) On(field string) keyfold.Refusals {
	var on keyfold.Refusals
	for _, r := range f.Refusals {
		if r.Field == field {
			on = append(on, r)
		}
	}
	return on
}

// Refused is the text of a refusal. A refusal that knows when to come back
// may say so in its text, as Wait.
func (p Page) Refused(r *keyfold.Refusal) string {
	args := r.Args
	if r.RetryAfter > 0 && !slices.Contains(args, any("Wait")) {
		args = append(slices.Clone(args), "Wait", r.RetryAfter)
	}
	return p.Text(r.Text, args...)
}

// RuleState says whether a password is known to keep a rule.
type RuleState int

// What can be known of a rule. Before typing, nothing is.
const (
	RuleUnknown RuleState = iota
	RuleMet
	RuleUnmet
)

// A PolicyRule is one rule that a new password must keep. Its text has the ID
// "policy." and the ID of the rule.
type PolicyRule struct {
	ID    string // length, lower, upper, digit, special, common, context
	N     int    // how many: characters for length, else how many of the kind
	State RuleState
}

// A Policy is all rules for a new password, in the order to show them.
type Policy struct {
	Rules     []PolicyRule
	Attribute string // of passwordrules, for password managers
}

// PolicyOf shows the rules for a new password, and after a refusal which of them
// are kept.
func PolicyOf(p password.Policy, refused keyfold.Refusals) Policy {
	policy := Policy{Attribute: p.Attribute()}
	broken := map[string]bool{}
	judged := false
	for _, reason := range refused {
		broken[reason.Text] = true
		judged = judged || reason.Field == password.Field && reason.Text != "password.missing"
	}
	for _, rule := range p.Rules() {
		state := RuleUnknown
		switch {
		case judged && broken["password."+rule.ID]:
			state = RuleUnmet
		case judged:
			state = RuleMet
		}
		policy.Rules = append(policy.Rules, PolicyRule{ID: rule.ID, N: rule.N, State: state})
	}
	return policy
}

// live reports whether the browser can tell, while typing, that a rule is
// kept. The others are for the server to judge.
func (r PolicyRule) live() bool {
	return slices.Contains([]string{"length", "lower", "upper", "digit", "special"}, r.ID)
}

func (r PolicyRule) class() string {
	switch r.State {
	case RuleMet:
		return "met"
	case RuleUnmet:
		return "unmet"
	default:
		return ""
	}
}

func (r PolicyRule) rule() string {
	if !r.live() {
		return ""
	}
	return r.ID
}

func (r PolicyRule) count() string { return strconv.Itoa(max(r.N, 1)) }

// An Input is one field of a form, with all that the browser and the person
// are told about it. Texts are message IDs.
type Input struct {
	ID, Label    string
	Hint         string
	HintArgs     []any
	Type         string // empty: text
	Value        string
	Autocomplete string
	Max          int
	Mode         string // of the keyboard, like numeric
	Plain        bool   // neither capital letters nor spelling are the browser's business
	Optional     bool
	Policy       Policy // of a new password
}

func (in Input) kind() string {
	if in.Type == "" {
		return "text"
	}
	return in.Type
}

func (in Input) described(f Form) string {
	var ids []string
	if in.Hint != "" {
		ids = append(ids, in.ID+"-hint")
	}
	if len(f.On(in.ID)) > 0 {
		ids = append(ids, in.ID+"-error")
	}
	if len(in.Policy.Rules) > 0 {
		ids = append(ids, in.ID+"-rules")
	}
	return strings.Join(ids, " ")
}
