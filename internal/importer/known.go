package importer

import (
	"regexp"
	"slices"
)

// Known reports whether an import can set a column of that name.
func Known(column string) bool {
	names := columnNames()
	return slices.Contains(names[:], column) || slices.Contains(furtherColumns, column) || contactColumn.MatchString(column)
}

var (
	furtherColumns = []string{"password_salt", "password_username", "totp_seed", "contacts"}
	contactColumn  = regexp.MustCompile(`^contact_([2-9]|1[0-9]|2[01])_(email|name|kind|primary)$`)
)
