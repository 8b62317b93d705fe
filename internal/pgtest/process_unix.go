//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// attributes are how a program of PostgreSQL is started: out of reach of a
// Ctrl-C that is meant for the tests, and never as root.
func attributes() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	endWithParent(attr)
	if os.Getuid() != 0 {
		return attr, nil
	}
	uid, gid, err := unprivileged()
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, nil
}

// unprivileged is who runs the server when root runs the tests.
func unprivileged() (uid, gid int, err error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return 0, 0, errors.New("pgtest: PostgreSQL does not run as root, and there is no user postgres or nobody: add one, or run the tests as another user")
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return 0, 0, fmt.Errorf("pgtest: user %s: %w", u.Username, err)
	}
	if gid, err = strconv.Atoi(u.Gid); err != nil {
		return 0, 0, fmt.Errorf("pgtest: user %s: %w", u.Username, err)
	}
	return uid, gid, nil
}

// giveAway makes files belong to the user who runs the server.
func (c *cluster) giveAway(paths ...string) error {
	if os.Getuid() != 0 {
		return nil
	}
	uid, gid, err := unprivileged()
	if err != nil {
		return err
	}
	for _, p := range paths {
		if err := os.Chown(p, uid, gid); err != nil {
			return fmt.Errorf("pgtest: %w", err)
		}
	}
	return nil
}

// A watcher is a shell that waits for the end of this process, however it
// comes, and then ends the server and removes its files. Go has no hook for the
// end of a test process, and none could run when it is killed.
type watcher struct {
	cmd  *exec.Cmd
	pipe io.Closer // the shell reads the other end until we are gone
}

// The server removes its pid file when it ends. It gets ten seconds for that.
const watching = `cat
file=$1/data/postmaster.pid
pid=$(head -n 1 "$file" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
tries=100
while [ -e "$file" ] && kill -0 "$pid" 2>/dev/null && [ "$tries" -gt 0 ]; do
	sleep 0.1
	tries=$((tries - 1))
done
rm -rf "$1"`

func watch(dir string) (*watcher, error) {
	cmd := exec.CommandContext(context.Background(), "sh", "-c", watching, "sh", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	return &watcher{cmd: cmd, pipe: pipe}, nil
}

// close lets the watcher do its work now.
func (w *watcher) close() error {
	if err := w.pipe.Close(); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if err := w.cmd.Wait(); err != nil {
		return fmt.Errorf("pgtest: the watcher: %w", err)
	}
	return nil
}
