package care

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// A picture is a QR code as one path in a square: no style of its own, so that it
// lives under a strict policy.
type picture struct {
	size int
	path string
}

// border is the quiet zone around a QR code, in modules: the standard asks for it.
const border = 4

func pictureOf(text string) (picture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return picture{}, fmt.Errorf("care: qr: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			from := x
			for x+1 < code.Size && code.Black(x+1, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1H%dz", from+border, y+border, x-from+1, from+border)
		}
	}
	return picture{code.Size + 2*border, path.String()}, nil
}

// shape is the path as SVG has it: numbers and letters of ours.
func (p picture) shape() string { return `<path d="` + p.path + `"/>` }

func (p picture) box() string { return fmt.Sprintf("0 0 %d %d", p.size, p.size) }

// spaced is a key in groups of four, as one types it.
func spaced(key string) string {
	var groups []string
	for len(key) > 4 {
		groups, key = append(groups, key[:4]), key[4:]
	}
	return strings.Join(append(groups, key), " ")
}
