package password

// OnRun is told of each computation, in its slot, with the name of its format.
func (g *Gate) OnRun(f func(format string)) { g.ran = f }

// Lists are the lists of common passwords, for a look at their order.
func Lists() []string { return []string{commonList, baseList, ourBaseList} }
