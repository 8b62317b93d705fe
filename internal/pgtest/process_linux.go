package pgtest

import "syscall"

// endWithParent has the server shut down the moment that its parent is gone.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
