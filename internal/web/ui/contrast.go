package ui

import (
	"fmt"
	"math"
	"strconv"
)

// rgb reads #rgb and #rrggbb. It is called with colours that were checked.
func rgb(hex string) [3]float64 {
	if len(hex) == 4 {
		hex = string([]byte{'#', hex[1], hex[1], hex[2], hex[2], hex[3], hex[3]})
	}
	var c [3]float64
	for i := range c {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return [3]float64{}
		}
		c[i] = float64(n)
	}
	return c
}

// luminance is the relative luminance of WCAG 2.
func luminance(hex string) float64 {
	var lin [3]float64
	for i, v := range rgb(hex) {
		v /= 255
		if v <= 0.04045 {
			lin[i] = v / 12.92
		} else {
			lin[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*lin[0] + 0.7152*lin[1] + 0.0722*lin[2]
}

// contrast is the contrast ratio of WCAG 2, 1 to 21.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// textOn is the colour of text, dark or white, that reads best on a ground.
func textOn(ground string) string {
	if contrast(white, ground) >= contrast(black, ground) {
		return white
	}
	return black
}

// toward moves a colour toward another, until it can be read on all grounds
// with a little to spare.
func toward(colour, other string, grounds ...string) string {
	from, to := rgb(colour), rgb(other)
	for part := 0.0; part < 1; part += 0.02 {
		at := func(i int) uint8 { return uint8(math.Round(from[i] + (to[i]-from[i])*part)) }
		mixed := fmt.Sprintf("#%02x%02x%02x", at(0), at(1), at(2))
		enough := true
		for _, ground := range grounds {
			enough = enough && contrast(mixed, ground) >= readable+0.5
		}
		if enough {
			return mixed
		}
	}
	return other
}
