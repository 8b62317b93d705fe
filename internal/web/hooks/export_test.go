package hooks

import "strconv"

// Kinds are the problems with their status, by status.
func Kinds() (all []string) {
	for _, k := range kinds {
		all = append(all, strconv.Itoa(k.status)+" "+k.code)
	}
	return all
}
