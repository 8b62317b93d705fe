package ui

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
)

// care is where customer care is to be found; empty when nobody said.
func (p Page) care() string {
	if p.SupportEmail != "" {
		return "mailto:" + p.SupportEmail
	}
	return p.HelpURL
}

// target is the field that a line of the summary leads to.
func target(r *keyfold.Refusal, fallback string) string {
	if r.Field == "" {
		return fallback
	}
	return r.Field
}

// attributes are those of an input that not every input has.
func (in Input) attributes(f Form) templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("autocomplete", in.Autocomplete)
	set("inputmode", in.Mode)
	set("aria-describedby", in.described(f))
	set("passwordrules", in.Policy.Attribute)
	if in.Max > 0 {
		a["maxlength"] = strconv.Itoa(in.Max)
	}
	if in.Plain {
		a["autocapitalize"], a["spellcheck"] = "none", "false"
	}
	if len(f.On(in.ID)) > 0 {
		a["aria-invalid"] = "true"
	}
	return a
}

// said is the state of a rule for who cannot see its icon.
func (r PolicyRule) said(p Page) string {
	switch r.State {
	case RuleMet:
		return p.Text("policy.met") + " "
	case RuleUnmet:
		return p.Text("policy.missing") + " "
	default:
		return ""
	}
}
