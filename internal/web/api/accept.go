package api

import (
	"mime"
	"strconv"
	"strings"
)

// acceptsJSON reports whether the headers of Accept take JSON. The range that
// says it most exactly counts. No header takes all.
func acceptsJSON(accept []string) bool {
	if len(accept) == 0 || strings.Trim(strings.Join(accept, ""), " ,") == "" {
		return true
	}
	exact := map[string]int{"*/*": 1, "application/*": 2, "application/json": 3}
	best, weight := 0, 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil || exact[kind] <= best {
			continue
		}
		best, weight = exact[kind], 1
		if q, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				weight = 0
			}
		}
	}
	return weight > 0
}
