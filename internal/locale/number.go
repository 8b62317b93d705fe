package locale

import (
	"strconv"
	"strings"

	"github.com/keyfold/keyfold"
)

// Number is a whole number as it is written in the language: "1,234,567",
// "1.234.567". Four digits are parted too, so that they stand under others.
func (p *Printer) Number(n int64) string {
	by := "."
	if p.lang == keyfold.English {
		by = ","
	}
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "−", digits[1:]
	}
	var out strings.Builder
	out.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(by)
		}
		out.WriteRune(d)
	}
	return out.String()
}

// Share is a part of a whole in percent: "41%", "41 %". What is more than nothing is
// not rounded to nothing, and what is less than all not to all.
func (p *Printer) Share(part, whole int64) string {
	percent := "0"
	switch {
	case whole <= 0 || part <= 0:
	case part*200 < whole:
		percent = "< 1"
	case part < whole && part*200 >= whole*199:
		percent = "> 99"
	default:
		percent = strconv.FormatInt((part*200+whole)/(2*whole), 10)
	}
	if p.lang == keyfold.German {
		percent += "\u00a0"
	}
	return percent + "%"
}
