package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keyfold/keyfold/internal/importer"
)

// A progress tells who waits for an import how far it is: on a terminal in one
// line that is written anew, elsewhere in a line now and then.
type progress struct {
	out      io.Writer
	terminal bool
	now      func() time.Time
	began    time.Time
	part     func() float64 // how much of the source is read, from 0 to 1; nil: nobody knows

	mu    sync.Mutex
	last  importer.Result
	shown bool // the line is on the terminal

	stop, stopped chan struct{}
}

// How often the line is written.
const (
	onTerminal = 200 * time.Millisecond
	elsewhere  = 5 * time.Second
)

func newProgress(env *environment, part func() float64) *progress {
	p := &progress{out: env.stderr, now: env.now, began: env.now(), part: part, stop: make(chan struct{}), stopped: make(chan struct{})}
	every := elsewhere
	if isTerminal(env.stderr) {
		p.terminal, every = true, onTerminal
	}
	go p.run(every)
	return p
}

// isTerminal reports whether somebody looks at what is written or read.
func isTerminal(at any) bool {
	f, ok := at.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) run(every time.Duration) {
	defer close(p.stopped)
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticks.C:
			p.show()
		}
	}
}

// show writes the line. What cannot be written, nobody reads.
func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	part := 0.0
	if p.part != nil {
		part = p.part()
	}
	line := progressLine(p.last, p.now().Sub(p.began), part)
	if p.terminal {
		_, _ = io.WriteString(p.out, "\r\x1b[K"+line)
		p.shown = true
		return
	}
	_, _ = io.WriteString(p.out, line+"\n")
}

func progressLine(r importer.Result, passed time.Duration, part float64) string {
	line := count(r.Rows, "customer", "customers")
	if s := passed.Seconds(); s > 0 {
		line += fmt.Sprintf(", %s a second", grouped(int(float64(r.Rows)/s)))
	}
	line += ", " + count(r.ProblemCount, "problem", "problems")
	if part > 0 && part < 1 {
		left := time.Duration(float64(passed) * (1 - part) / part)
		line += fmt.Sprintf(", %d %%, %s left", int(100*part), left.Round(time.Second))
	}
	if r.Closed > 0 {
		line += fmt.Sprintf(", %s closed", grouped(r.Closed))
	}
	return line
}

// watch takes note of how far the import is.
func (p *progress) watch(r importer.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = r
}

// complain writes what is wrong with a row.
func (p *progress) complain(problem importer.Problem) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	_, _ = fmt.Fprintln(p.out, problem.String())
}

// wipe takes the line from the terminal.
func (p *progress) wipe() {
	if p.shown {
		_, _ = io.WriteString(p.out, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) end() {
	close(p.stop)
	<-p.stopped
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

func (p *progress) result(r importer.Result, err error) importResult {
	return importResult{Result: r, err: err, seconds: p.now().Sub(p.began).Seconds()}
}

// A countedReader knows how much of it is read.
type countedReader struct {
	io.Reader

	n    atomic.Int64
	size int64
}

func (c *countedReader) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n.Add(int64(n))
	return n, err
}

func (c *countedReader) part() float64 { return float64(c.n.Load()) / float64(c.size) }

// counted counts what is read of a file. How much of it that is, is known only
// of one that has a size.
func counted(file io.Reader) (in *countedReader, part func() float64) {
	in = &countedReader{Reader: file}
	f, ok := file.(*os.File)
	if !ok {
		return in, nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return in, nil
	}
	in.size = info.Size()
	return in, in.part
}
