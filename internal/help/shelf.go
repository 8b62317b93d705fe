package help

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"time"
)

// A Shelf holds the library in force.
type Shelf struct {
	options Options
	builtIn fs.FS
	folder  string // of the operator; empty: none
	log     *slog.Logger
	current atomic.Pointer[Library]
	seen    string // what the folder looked like when it was read
}

// NewShelf puts the built-in articles and those of the operator's folder on a
// shelf. A folder that cannot be read keeps nobody from logging in: the built-in
// articles are there, and the log says why the others are not.
func NewShelf(o Options, builtIn fs.FS, folder string, log *slog.Logger) *Shelf {
	s := &Shelf{options: o, builtIn: builtIn, folder: folder, log: log}
	s.current.Store(Load(o, builtIn))
	return s
}

// Library is the one in force.
func (s *Shelf) Library() *Library { return s.current.Load() }

// Run looks for changes of the folder until ctx ends.
func (s *Shelf) Run(ctx context.Context, every time.Duration) {
	if s.folder == "" {
		return
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		s.Refresh(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// Refresh takes the operator's articles anew if the folder has changed. When one
// of its files is broken, the library that was in force stays.
func (s *Shelf) Refresh(ctx context.Context) {
	if s.folder == "" {
		return
	}
	seen := look(os.DirFS(s.folder))
	if seen == s.seen {
		return
	}
	s.seen = seen
	next := LoadFolder(s.options, s.builtIn, s.folder)
	if broken := next.Broken(); len(broken) > 0 {
		for _, f := range broken {
			s.log.ErrorContext(ctx, "help articles stay as they were", "folder", s.folder, "reason", f.String())
		}
		return
	}
	s.current.Store(next)
	s.log.InfoContext(ctx, "help articles taken from the folder", "folder", s.folder)
}

// LoadFolder is the library of the built-in articles and those of a folder.
func LoadFolder(o Options, builtIn fs.FS, folder string) *Library {
	if folder == "" {
		return Load(o, builtIn)
	}
	l := Load(o, builtIn, os.DirFS(folder))
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		l.faults = append(l.faults, Fault{Kind: Broken, File: folder, Text: "this is no folder that can be read"})
	}
	return l
}

// look says what files there are, how big they are and when they were changed.
func look(files fs.FS) string {
	var all strings.Builder
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			fmt.Fprintln(&all, name, err)
			return nil // it is part of how the folder looks
		}
		if d.IsDir() && strings.Count(name, "/") > 1 {
			return fs.SkipDir
		}
		if info, err := d.Info(); err == nil && !d.IsDir() && !strings.HasPrefix(path.Base(name), ".") {
			fmt.Fprintln(&all, name, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return all.String()
}
