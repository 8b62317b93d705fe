package keyfold

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// An Entity is a legal entity or brand that customers buy from. It is declared
// in the configuration.
type Entity struct {
	Code     string         // NL; stored with each account
	Name     string         // shown to customers: "Polder Hosting Netherlands"
	Pattern  *regexp.Regexp // of its customer IDs, normalised: ^NL[0-9]{6,12}$
	Example  string         // a made-up ID for hints
	Sender   Email          // From of its mails; zero: the installation's
	ReplyTo  Email          // where answers go, and whom pages name for help; zero: Sender
	Language Language       // of its mails, when neither user nor account has one
	Zone     *time.Location // for times in its mails; nil: UTC
	Colour   string         // #rrggbb of the button in its mails; empty: the brand's
	Legacy   LegacyLogin    // what the password of the old system is good for
}

// Entities are all entities of an installation.
type Entities []Entity

// CustomerID reads a customer ID as typed, if an entity has IDs of that form.
func (es Entities) CustomerID(typed string) (CustomerID, error) {
	id, err := ParseCustomerID(typed)
	if err != nil {
		return CustomerID{}, err
	}
	if _, ok := es.Of(id); !ok {
		return CustomerID{}, Refuse(Invalid, "customer_id.no_entity")
	}
	return id, nil
}

// Of finds the entity whose pattern an ID has. Patterns are tried in the order
// of the configuration.
func (es Entities) Of(id CustomerID) (Entity, bool) {
	i := slices.IndexFunc(es, func(e Entity) bool { return e.Pattern.MatchString(id.s) })
	if i < 0 {
		return Entity{}, false
	}
	return es[i], true
}

// Named finds an entity by its code.
func (es Entities) Named(code string) (Entity, bool) {
	i := slices.IndexFunc(es, func(e Entity) bool { return e.Code == code })
	if i < 0 {
		return Entity{}, false
	}
	return es[i], true
}

// CompilePattern makes the pattern of an entity's customer IDs. It always
// matches whole IDs, in their normalised form.
func CompilePattern(expr string) (*regexp.Regexp, error) {
	expr = strings.TrimSuffix(strings.TrimPrefix(expr, "^"), "$")
	re, err := regexp.Compile("^(?:" + expr + ")$")
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", expr, err)
	}
	return re, nil
}
