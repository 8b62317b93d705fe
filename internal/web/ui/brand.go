package ui

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Brand is how an operator makes the pages their own: a name, a logo and six
// values for the style. Empty values are the built-in ones; a colour that
// depends on another one that is set is made to fit it.
type Brand struct {
	Name           string // of the operator, on every page
	LogoFile       []byte // a picture, shown 28 px high; nil: a built-in mark
	LogoType       string // its ending: .svg, .png, .jpg or .webp
	LogoHasName    bool   // the logo is a word mark: do not write the name next to it
	Colour         string // #rrggbb; what one can press, on light ground
	ColourText     string // on Colour
	ColourDark     string // the same on dark ground
	ColourDarkText string
	Radius         string // of corners, 0 to .75rem
	Font           string // a CSS list of families

	mark string
}

// DemoBrand is the invented provider of the demo.
func DemoBrand() Brand { return Brand{Name: "Polder Hosting", mark: polderMark} }

// The colours that a brand has to be read on, and the built-in ones.
const (
	surface      = "#ffffff"
	paper        = "#f7f6f3"
	darkSurface  = "#1a1a18"
	darkPaper    = "#131311"
	builtIn      = "#2146a8"
	builtInDark  = "#a9bdff"
	white, black = "#ffffff", "#1b1b18"
	readable     = 4.5 // WCAG 2.2, 1.4.3
)

var (
	hexColour = regexp.MustCompile(`^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)
	radius    = regexp.MustCompile(`^(?:0|([0-9]{0,2}(?:\.[0-9]{1,4})?)(rem|px))$`)
	family    = regexp.MustCompile(`^(?:"[\p{L}\p{N} _-]+"|-?[A-Za-z][A-Za-z0-9 _-]*)$`)
)

// Validate refuses a brand that would break the page or could not be read by
// everyone. Each reason names the key and the cure.
func (b Brand) Validate() error {
	var errs []error
	if strings.TrimSpace(b.Name) == "" {
		errs = append(errs, errors.New("brand name is empty: give the name that customers know you by"))
	}
	if b.LogoFile != nil && contentType(b.LogoType) == unknownType {
		errs = append(errs, fmt.Errorf("brand logo is a %q file: use an .svg, .png, .jpg or .webp", b.LogoType))
	}
	if b.Radius != "" && !validRadius(b.Radius) {
		errs = append(errs, fmt.Errorf("brand radius %q: use 0 to .75rem, or 0 to 12px", b.Radius))
	}
	if b.Font != "" && !validFont(b.Font) {
		errs = append(errs, fmt.Errorf(`brand font %q: use family names with commas between, like "Fira Sans", sans-serif`, b.Font))
	}
	return errors.Join(append(errs, b.colours()...)...)
}

func (b Brand) colours() []error {
	var errs []error
	for _, c := range []struct{ key, value string }{
		{"colour", b.Colour}, {"colour text", b.ColourText}, {"dark colour", b.ColourDark}, {"dark colour text", b.ColourDarkText},
	} {
		if c.value != "" && !hexColour.MatchString(c.value) {
			errs = append(errs, fmt.Errorf("brand %s %q is not a colour: write it like #0b6b4f", c.key, c.value))
		}
	}
	if len(errs) > 0 {
		return errs
	}
	b = b.complete()
	for _, c := range []struct{ key, on, off, cure string }{
		{"colour", b.Colour, surface, "take a darker one, like " + toward(b.Colour, "#000000", surface, paper)},
		{"colour", b.Colour, paper, "take a darker one, like " + toward(b.Colour, "#000000", surface, paper)},
		{"colour text", b.ColourText, b.Colour, "take " + textOn(b.Colour)},
		{"dark colour", b.ColourDark, darkSurface, "take a lighter one, like " + toward(b.ColourDark, white, darkSurface, darkPaper)},
		{"dark colour", b.ColourDark, darkPaper, "take a lighter one, like " + toward(b.ColourDark, white, darkSurface, darkPaper)},
		{"dark colour text", b.ColourDarkText, b.ColourDark, "take " + textOn(b.ColourDark)},
	} {
		if ratio := contrast(c.on, c.off); ratio < readable {
			errs = append(errs, fmt.Errorf("brand %s %s has a contrast of %.1f:1 on %s and needs 4.5:1: %s", c.key, c.on, ratio, c.off, c.cure))
		}
	}
	return errs
}

// complete fills in the colours that follow from others. A brand that sets the
// light colour only must not be somebody else's in the dark.
func (b Brand) complete() Brand {
	if b.Colour == "" {
		b.Colour = builtIn
		if b.ColourDark == "" {
			b.ColourDark = builtInDark
		}
	}
	if b.ColourText == "" {
		b.ColourText = textOn(b.Colour)
	}
	if b.ColourDark == "" {
		b.ColourDark = toward(b.Colour, white, darkSurface, darkPaper)
	}
	if b.ColourDarkText == "" {
		b.ColourDarkText = textOn(b.ColourDark)
	}
	return b
}

// CSS is the style sheet that makes the pages this brand's. A value that is not
// valid is left out, whoever forgot to ask [Brand.Validate].
func (b Brand) CSS() []byte {
	var out bytes.Buffer
	set := func(name, value string, ok bool) {
		if ok {
			fmt.Fprintf(&out, "  --brand%s: %s;\n", name, value)
		}
	}
	out.WriteString(":root {\n")
	if (b.Colour != "" || b.ColourDark != "" || b.ColourText != "" || b.ColourDarkText != "") && len(b.colours()) == 0 {
		c := b.complete()
		set("", c.Colour, true)
		set("-text", c.ColourText, true)
		set("-dark", c.ColourDark, true)
		set("-dark-text", c.ColourDarkText, true)
	}
	set("-radius", b.Radius, b.Radius != "" && validRadius(b.Radius))
	set("-font", b.Font, b.Font != "" && validFont(b.Font))
	out.WriteString("}\n")
	return out.Bytes()
}

// markSVG is the mark as a file, for the icon of the browser tab.
func (b Brand) markSVG() []byte {
	c := Brand{}
	if len(b.colours()) == 0 {
		c = b
	}
	c = c.complete()
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28" fill="` + c.Colour + `">` + b.shapes() + `</svg>`
	return []byte(strings.ReplaceAll(svg, `class="on"`, `fill="`+c.ColourText+`"`))
}

func (b Brand) shapes() string {
	if b.mark != "" {
		return b.mark
	}
	return keyfoldMark
}

func validRadius(s string) bool {
	m := radius.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	if s == "0" {
		return true
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return err == nil && (m[2] == "rem" && n <= 0.75 || m[2] == "px" && n <= 12)
}

func validFont(s string) bool {
	if len(s) > 300 {
		return false
	}
	for name := range strings.SplitSeq(s, ",") {
		if !family.MatchString(strings.TrimSpace(name)) {
			return false
		}
	}
	return true
}
