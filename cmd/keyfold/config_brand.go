package main

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	colourForm = regexp.MustCompile(`^#([0-9a-f]{3}|[0-9a-f]{6})$`)
	radiusForm = regexp.MustCompile(`^([0-9]*\.?[0-9]+)(rem|px)$`)
	// fontForm leaves nothing that could end the declaration it is put in.
	fontForm = regexp.MustCompile(`^[\p{L}0-9 ,'"_-]+$`)
)

// checkColour gives #rrggbb in lower case.
func checkColour(text string) (string, error) {
	c := strings.ToLower(text)
	if !colourForm.MatchString(c) {
		return "", wrong("is not a colour. Write #rrggbb, like #2146a8, in quotes.")
	}
	if len(c) == 4 {
		c = fmt.Sprintf("#%c%c%c%c%c%c", c[1], c[1], c[2], c[2], c[3], c[3])
	}
	return c, nil
}

func checkRadius(text string) (string, error) {
	if text == "0" {
		return text, nil
	}
	if m := radiusForm.FindStringSubmatch(text); m != nil {
		n, err := strconv.ParseFloat(m[1], 64)
		if most := map[string]float64{"rem": 0.75, "px": 12}[m[2]]; err == nil && n <= most {
			return text, nil
		}
	}
	return "", wrong("is not a roundness that we can draw. Give 0 to 0.75rem, or 0 to 12px.")
}

func checkFont(text string) (string, error) {
	if !fontForm.MatchString(text) || strings.Count(text, "'")%2 != 0 || strings.Count(text, `"`)%2 != 0 {
		return "", wrong("is not a list of fonts. Write names with commas between them, those with spaces in quotes: 'Fira Sans', system-ui, sans-serif.")
	}
	return text, nil
}

func checkLogo(text string) (string, error) {
	if !slices.Contains([]string{".svg", ".png", ".jpg", ".jpeg", ".webp"}, strings.ToLower(filepath.Ext(text))) {
		return "", wrong("is not a picture that we can show. Name an SVG, PNG, JPEG or WebP file.")
	}
	return text, nil
}

// Text needs this contrast to be read: WCAG 2.2, 1.4.3.
const readable = 4.5

// The grounds that a brand's colour stands on, as in the style sheet.
var (
	lightGrounds = []string{"#ffffff", "#f7f6f3"}
	darkGrounds  = []string{"#1a1a18", "#131311"}
)

// checkBrand refuses colours that people could not read.
func (l *loader) checkBrand(b brandConfig) {
	l.checkGround("brand.colour", b.Colour, "light", lightGrounds)
	l.checkGround("brand.colour_dark", b.ColourDark, "dark", darkGrounds)
	l.checkPair("brand.colour", "brand.colour_text", b.Colour, b.ColourText)
	l.checkPair("brand.colour_dark", "brand.colour_dark_text", b.ColourDark, b.ColourDarkText)
}

func (l *loader) checkGround(path, colour, page string, grounds []string) {
	for _, ground := range grounds {
		if l.read(path) && contrast(colour, ground) < readable {
			l.problemOf(path, "%q has a contrast of %.1f to 1 with the %s page (%s), which is hard to read. Choose a colour with at least 4.5 to 1.",
				l.texts[path], math.Floor(contrast(colour, ground)*10)/10, page, ground)
			return
		}
	}
}

// checkPair looks at text on a colour. A colour that was given is blamed for
// it, if the text is the default.
func (l *loader) checkPair(groundPath, textPath, ground, text string) {
	if !l.read(groundPath, textPath) || contrast(ground, text) >= readable {
		return
	}
	blamed, other := textPath, groundPath
	if l.isDefault(textPath) {
		blamed, other = groundPath, textPath
	}
	l.problemOf(blamed, "%q has a contrast of %.1f to 1 with %s (%s), which is hard to read. Choose colours with at least 4.5 to 1.",
		l.texts[blamed], math.Floor(contrast(ground, text)*10)/10, other, l.texts[other])
}

// contrast is the ratio of two colours' luminance, 1 to 21.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(colour string) float64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		return 0
	}
	channel := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}
