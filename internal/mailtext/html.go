package mailtext

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"regexp"
	"strconv"
	"strings"
)

//go:embed mail.html.tmpl
var page string

// view is what the page of the HTML part is filled with.
type view struct {
	Lang, Name string
	Title      line
	Plain      string // the title without its marks
	Body, Foot []block
	Button     button
}

// A button has its colours in light and in dark.
type button struct{ Ground, Text, DarkGround, DarkText template.CSS }

func (w *writer) html() (string, error) {
	var out strings.Builder
	err := w.page.Execute(&out, view{
		Lang: w.say.Language().String(), Name: w.name, Title: w.title, Plain: w.title.plain(),
		Body: w.body, Foot: w.foot, Button: w.button(),
	})
	if err != nil {
		return "", fmt.Errorf("page: %w", err)
	}
	return out.String(), nil
}

var hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// button has the entity's colour, the brand's or our own. A text colour that
// is missing is the one of black and white that reads better.
func (w *writer) button() button {
	b := w.Brand
	if hexColour.MatchString(w.Entity.Colour) {
		b = Brand{Colour: w.Entity.Colour}
	}
	ground, dark := "#2146a8", "#a9bdff"
	if hexColour.MatchString(b.Colour) {
		ground, dark = b.Colour, b.Colour
	}
	if hexColour.MatchString(b.ColourDark) {
		dark = b.ColourDark
	}
	colour := func(configured, on string) template.CSS {
		if hexColour.MatchString(configured) {
			return template.CSS(configured) //nolint:gosec // matched against hexColour
		}
		if luminance(on) > 0.179 { // black and white are equally readable here
			return "#000000"
		}
		return "#ffffff"
	}
	return button{
		Ground: template.CSS(ground), Text: colour(b.ColourText, ground), //nolint:gosec // matched against hexColour
		DarkGround: template.CSS(dark), DarkText: colour(b.ColourDarkText, dark), //nolint:gosec // matched against hexColour
	}
}

// luminance is the relative luminance of WCAG 2 of a colour #rrggbb.
func luminance(hex string) float64 {
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
