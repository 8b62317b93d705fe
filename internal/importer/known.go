package importer

// Known reports whether an import can set a column of that name.
func Known(column string) bool { return (&columns{}).find(column) != nil }
