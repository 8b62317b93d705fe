package bounce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	// batch is how many files one look takes on.
	batch = 100
	// curEvery is how often cur is looked through, where mail programs put what
	// they have noticed; it holds all that was ever read, too.
	curEvery = 20 * time.Second
	// maxFaults is how many files may fail before the others are left for later.
	maxFaults = 3
	// maxStuck bounds what is remembered of files that cannot be moved.
	maxStuck = 10_000
)

// A Maildir is a mailbox to which mail servers send what did not arrive. What has
// been read is marked as seen and stays; what says nothing that can be understood
// is marked for people as well. Several replicas may share one.
type Maildir struct {
	Dir     string
	Reports *Service
	Log     *slog.Logger
	Now     func() time.Time

	curSeen time.Time
	stuck   map[string]bool // read, and cannot be marked so
}

// Run looks until ctx ends.
func (d *Maildir) Run(ctx context.Context, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	said := ""
	for {
		_, err := d.Look(ctx)
		switch {
		case err == nil:
			said = ""
		case ctx.Err() == nil && err.Error() != said: // once, not each second
			said = err.Error()
			d.Log.ErrorContext(ctx, "the mailbox for bounces cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// Look reads what is there and has not been read, a batch at most, and returns how
// many files it read. A file that is still being written is in tmp, by the rules
// of a Maildir.
func (d *Maildir) Look(ctx context.Context) (read int, err error) {
	root, err := os.OpenRoot(d.Dir)
	if err != nil {
		return 0, fmt.Errorf("bounce: %w", err)
	}
	defer root.Close() //nolint:errcheck // nothing was written by it
	read, err = d.lookIn(ctx, root, "new", batch)
	if now := d.Now(); err == nil && read < batch && (now.Sub(d.curSeen) >= curEvery || now.Before(d.curSeen)) {
		var more int
		more, err = d.lookIn(ctx, root, "cur", batch-read)
		if read += more; err == nil && read < batch {
			d.curSeen = now
		}
	}
	return read, err
}

// lookIn reads a folder, as far as it has to.
func (d *Maildir) lookIn(ctx context.Context, root *os.Root, folder string, most int) (read int, err error) {
	names, err := d.unread(root, folder, most)
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return read, err
		}
		if err := d.take(ctx, root, folder, name); err != nil {
			if faults = append(faults, err); len(faults) == maxFaults {
				break // it is not the file
			}
			continue
		}
		read++
	}
	return read, errors.Join(faults...)
}

// unread are the names of files that nobody has seen.
func (d *Maildir) unread(root *os.Root, folder string, most int) (names []string, err error) {
	dir, err := root.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("bounce: %w", err)
	}
	defer dir.Close() //nolint:errcheck // it was read only
	for len(names) < most {
		entries, err := dir.ReadDir(256)
		for _, e := range entries {
			base, flags := flagsOf(e.Name())
			if e.Type().IsRegular() && base != "" && base[0] != '.' && !strings.Contains(flags, "S") && !d.stuck[base] && len(names) < most {
				names = append(names, e.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("bounce: %w", err)
		}
	}
	return names, nil
}

// flagsOf takes a name apart: what comes after ":2," are letters that say what was
// done with the mail.
func flagsOf(name string) (base, flags string) {
	base, flags, _ = strings.Cut(name, ":2,")
	return base, flags
}

// take reads one file and marks it. The error is one of the database, after which
// the file is there to be read again.
func (d *Maildir) take(ctx context.Context, root *os.Root, folder, name string) error {
	reports, err := d.parse(root, folder+"/"+name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // another replica was faster
	case errors.Is(err, fs.ErrPermission):
		d.leave(ctx, name, err)
		return nil
	case errors.Is(err, ErrOther):
		d.mark(ctx, root, folder, name, "S")
		return nil
	case err != nil:
		d.Log.WarnContext(ctx, "a mail to the mailbox for bounces cannot be understood, and is flagged there", "file", name, "error", err)
		d.mark(ctx, root, folder, name, "FS")
		return nil
	}
	for _, r := range reports {
		outcome, err := d.Reports.Note(ctx, r)
		if err != nil {
			return fmt.Errorf("bounce: %w", err)
		}
		if outcome == Early {
			return nil
		}
	}
	d.mark(ctx, root, folder, name, "S")
	return nil
}

func (d *Maildir) parse(root *os.Root, path string) ([]Report, error) {
	f, err := root.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was read only
	return Parse(f)
}

// mark moves a file to where what has been seen is.
func (d *Maildir) mark(ctx context.Context, root *os.Root, folder, name, with string) {
	base, flags := flagsOf(name)
	letters := slices.Compact(slices.Sorted(slices.Values([]byte(flags + with))))
	err := root.Rename(folder+"/"+name, "cur/"+base+":2,"+string(letters))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.leave(ctx, name, err)
	}
}

// leave has a file that may not be read or moved be forgotten until the next start.
func (d *Maildir) leave(ctx context.Context, name string, err error) {
	if d.stuck == nil || len(d.stuck) >= maxStuck {
		d.stuck = map[string]bool{}
	}
	base, _ := flagsOf(name)
	d.stuck[base] = true
	d.Log.WarnContext(ctx, "a mail in the mailbox for bounces stays as it is: this user must own the mailbox", "file", name, "error", err)
}
