package password

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A syntax is an error in what an operator wrote, in words.
type syntax struct{ reason string }

func (s *syntax) Error() string { return s.reason }

// parseExpression reads an expression, with or without spaces.
func parseExpression(text string) (*expression, error) {
	p := &expressionParser{rest: text}
	if len(text) > maxExpression {
		return nil, p.wrong("it is longer than %d characters", maxExpression)
	}
	e, err := p.join(0, false)
	if err != nil {
		return nil, err
	}
	if p.peek() != 0 {
		return nil, p.wrong("%s is more than one value. Put a + between two values", shown(p.rest))
	}
	if !e.uses("pw") {
		return nil, p.wrong("it does not use pw, the password")
	}
	return e, nil
}

type expressionParser struct{ rest string }

func (p *expressionParser) wrong(format string, args ...any) error {
	return &syntax{fmt.Sprintf(format, args...)}
}

// shown is the beginning of what is left.
func shown(rest string) string {
	if len(rest) > 20 {
		rest = rest[:20] + "…"
	}
	return strconv.QuoteToASCII(rest)
}

// peek is the next character that is no space; 0 at the end.
func (p *expressionParser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *expressionParser) expect(c byte, where string) error {
	if p.peek() != c {
		if p.rest == "" {
			return p.wrong("a %c is missing at the end, after %s", c, where)
		}
		return p.wrong("a %c is missing before %s", c, shown(p.rest))
	}
	p.rest = p.rest[1:]
	return nil
}

// join reads values with + between them. In a repeat, last is a value too.
func (p *expressionParser) join(depth int, repeated bool) (*expression, error) {
	if depth > maxDepth {
		return nil, p.wrong("more than %d functions are within each other", maxDepth)
	}
	var parts []*expression
	for {
		e, err := p.value(depth, repeated)
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if p.peek() != '+' {
			break
		}
		p.rest = p.rest[1:]
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return &expression{op: opJoin, args: parts}, nil
}

func (p *expressionParser) value(depth int, repeated bool) (*expression, error) {
	switch p.peek() {
	case 0:
		return nil, p.wrong("a value is missing at the end")
	case '\'':
		return p.literal()
	}
	word := p.word()
	switch {
	case word == "":
		return nil, p.wrong("a value is missing before %s", shown(p.rest))
	case word == opPepper:
		return p.pepper()
	case word == opLast && !repeated:
		return nil, p.wrong("last has a meaning only as a part of the third value of repeat")
	case isName(word):
		return &expression{op: word}, nil
	}
	fn := functions[word]
	if fn == nil {
		return nil, p.wrong("%s is nothing that we know. %s", shown(word), known())
	}
	return p.call(&expression{op: word, fn: fn}, depth, repeated)
}

func known() string {
	names := []string{"pw", "salt", "username", "pepper(NAME)"}
	var called []string
	for name := range functions {
		if !strings.HasPrefix(name, "hmac-") && !strings.HasPrefix(name, "pbkdf2-") {
			called = append(called, name)
		}
	}
	slices.Sort(called)
	return "There are " + strings.Join(names, ", ") + ", texts in single quotes, and the functions " + strings.Join(called, ", ") + ", hmac-… and pbkdf2-…"
}

func (p *expressionParser) word() string {
	p.peek()
	n := 0
	for n < len(p.rest) && (p.rest[n] == '-' || 'a' <= p.rest[n] && p.rest[n] <= 'z' || '0' <= p.rest[n] && p.rest[n] <= '9') {
		n++
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

// literal reads a text in single quotes. It is kept in stored hashes, between
// dollar signs, so it has no such sign and no space.
func (p *expressionParser) literal() (*expression, error) {
	text, rest, found := strings.Cut(p.rest[1:], "'")
	if !found {
		return nil, p.wrong("a single quote opens a text here that no other one closes: %s", shown(p.rest))
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '$' }) {
		return nil, p.wrong("a text in single quotes has one character at least, and none but ASCII letters, digits and signs, without space and dollar sign")
	}
	p.rest = rest
	return &expression{op: opLiteral, text: text}, nil
}

func (p *expressionParser) pepper() (*expression, error) {
	if err := p.expect('(', opPepper); err != nil {
		return nil, err
	}
	name := p.word()
	if !pepperName(name) {
		return nil, p.wrong("pepper needs a name of small letters, digits and -, like pepper(billing). The secret itself stands in password.peppers")
	}
	return &expression{op: opPepper, text: name}, p.expect(')', name)
}

// call reads what stands in the parentheses of a function.
func (p *expressionParser) call(e *expression, depth int, repeated bool) (*expression, error) {
	if err := p.expect('(', e.op); err != nil {
		return nil, err
	}
	for i, bounds := range e.fn.numbers {
		n, err := strconv.Atoi(p.word())
		if err != nil || n < bounds.low || n > bounds.high {
			return nil, p.wrong("value %d of %s is a whole number from %d to %d", i+1, e.op, bounds.low, bounds.high)
		}
		e.numbers = append(e.numbers, n)
		if err := p.expect(',', strconv.Itoa(n)); err != nil {
			return nil, err
		}
	}
	for i := range e.fn.args {
		if i > 0 {
			if err := p.expect(',', e.args[i-1].String()); err != nil {
				return nil, err
			}
		}
		arg, err := p.join(depth+1, repeated || e.op == "repeat" && i == 1)
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, arg)
	}
	switch {
	case e.fn.kind == kindRaw && !e.args[0].fn.digests():
		return nil, p.wrong("raw takes a digest, like raw(md5(pw)); %s has no other form", e.args[0])
	case e.fn.kind == kindRepeat && !e.args[1].fixed():
		return nil, p.wrong("the third value of repeat is a digest, like raw(md5(last+pw))")
	}
	return e, p.expect(')', e.args[len(e.args)-1].String())
}

// fixed reports whether the value of e is as long whatever goes in.
func (e *expression) fixed() bool { return e.fn.digests() || e.fn != nil && e.fn.kind == kindRaw }
