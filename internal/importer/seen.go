package importer

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"slices"
	"sort"

	"github.com/keyfold/keyfold"
)

// seen remembers in which line each ID came first. It has a hash of each ID
// instead of the IDs: that two of ten million share one happens once in 300,000
// imports. So many as fit stay in memory, and the others go to disk, sorted, so
// that memory stays the same however many there are.
type seen struct {
	seed   maphash.Seed
	limit  int // how many are in memory at the most
	recent map[uint64]uint32
	runs   []sortedRun
	filter []uint64 // which hashes may be on disk
	file   *os.File
	end    int64 // of the file

	nameless bool // the file has no name any more
}

// seenInMemory is how many IDs stay in memory: 8 MB or so.
const seenInMemory = 250_000

func newSeen(limit int) *seen {
	return &seen{seed: maphash.MakeSeed(), limit: limit, recent: map[uint64]uint32{}}
}

// A sortedRun is a part of the file, with the first hash of each of its blocks.
type sortedRun struct {
	at     int64
	count  int
	blocks []uint64
}

const (
	entrySize = 12  // hash and line
	blockSize = 256 // entries

	filterBits = 1 << 27 // 16 MiB: one of two hundred looks for nothing, of ten million
	filterKeys = 4
)

func (s *seen) hash(id keyfold.CustomerID) uint64 { return maphash.String(s.seed, id.String()) }

// line is where an ID came first, if it has come.
func (s *seen) line(id keyfold.CustomerID) (line uint32, ok bool, err error) {
	key := s.hash(id)
	if line, ok := s.recent[key]; ok {
		return line, true, nil
	}
	if !s.mayBeOnDisk(key) {
		return 0, false, nil
	}
	for _, r := range s.runs {
		if line, ok, err := s.find(r, key); ok || err != nil {
			return line, ok, err
		}
	}
	return 0, false, nil
}

// add notes where an ID came first.
func (s *seen) add(id keyfold.CustomerID, line int) error {
	s.recent[s.hash(id)] = uint32(line) //nolint:gosec // G115: a file of four thousand million lines is no list of customers
	if len(s.recent) < s.limit {
		return nil
	}
	return s.spill()
}

type seenEntry struct {
	hash uint64
	line uint32
}

// spill moves what is in memory to disk.
func (s *seen) spill() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "keyfold-import-*"); err != nil {
			return fmt.Errorf("importer: a place for the IDs that were seen (TMPDIR): %w", err)
		}
		// Without a name, it is gone with the process, however that ends.
		s.nameless = os.Remove(s.file.Name()) == nil
		s.filter = make([]uint64, filterBits/64)
	}
	entries := make([]seenEntry, 0, len(s.recent))
	for hash, line := range s.recent {
		entries = append(entries, seenEntry{hash, line})
	}
	slices.SortFunc(entries, func(a, b seenEntry) int { return cmp.Compare(a.hash, b.hash) })
	run := sortedRun{at: s.end, count: len(entries)}
	var text []byte
	for i, e := range entries {
		if i%blockSize == 0 {
			run.blocks = append(run.blocks, e.hash)
		}
		s.note(e.hash)
		text = binary.LittleEndian.AppendUint64(text, e.hash)
		text = binary.LittleEndian.AppendUint32(text, e.line)
	}
	if _, err := s.file.WriteAt(text, s.end); err != nil {
		return fmt.Errorf("importer: keep the IDs that were seen (TMPDIR): %w", err)
	}
	s.end += int64(len(text))
	s.runs = append(s.runs, run)
	clear(s.recent)
	return nil
}

// find looks for a hash in a run.
func (s *seen) find(r sortedRun, key uint64) (line uint32, ok bool, err error) {
	block := sort.Search(len(r.blocks), func(i int) bool { return r.blocks[i] > key }) - 1
	if block < 0 {
		return 0, false, nil
	}
	n := min(blockSize, r.count-block*blockSize)
	var buf [blockSize * entrySize]byte
	if _, err := s.file.ReadAt(buf[:n*entrySize], r.at+int64(block*blockSize*entrySize)); err != nil {
		return 0, false, fmt.Errorf("importer: find the IDs that were seen: %w", err)
	}
	hash := func(i int) uint64 { return binary.LittleEndian.Uint64(buf[i*entrySize:]) }
	i := sort.Search(n, func(i int) bool { return hash(i) >= key })
	if i == n || hash(i) != key {
		return 0, false, nil
	}
	return binary.LittleEndian.Uint32(buf[i*entrySize+8:]), true, nil
}

// bits are the places of a hash in the filter.
func bits(key uint64) (places [filterKeys]uint64) {
	step := key>>32 | 1
	for i := range places {
		places[i] = (key + uint64(i)*step*0x9e3779b97f4a7c15) >> 37 // 27 bits
	}
	return places
}

func (s *seen) note(key uint64) {
	for _, bit := range bits(key) {
		s.filter[bit/64] |= 1 << (bit % 64)
	}
}

func (s *seen) mayBeOnDisk(key uint64) bool {
	if s.filter == nil {
		return false
	}
	for _, bit := range bits(key) {
		if s.filter[bit/64]&(1<<(bit%64)) == 0 {
			return false
		}
	}
	return true
}

// close takes the file away.
func (s *seen) close() error {
	switch {
	case s.file == nil:
		return nil
	case s.nameless:
		return s.file.Close()
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
