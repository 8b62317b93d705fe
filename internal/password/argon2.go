package password

import (
	"encoding/binary"
	_ "unsafe" // for go:linkname

	_ "golang.org/x/crypto/argon2" // whose functions are below
	"golang.org/x/crypto/blake2b"
)

// The parts of x/crypto's Argon2 that are fast, and the small ones around them.
// Its one exported function takes new memory for each hash; docs/decisions/0007
// says what that costs, and what happens when a release changes one of these.

//go:linkname initHash golang.org/x/crypto/argon2.initHash
func initHash(password, salt, key, data []byte, time, memory, threads, keyLen uint32, mode int) [blake2b.Size + 8]byte

//go:linkname blake2bHash golang.org/x/crypto/argon2.blake2bHash
func blake2bHash(out []byte, in []byte)

//go:linkname processBlock golang.org/x/crypto/argon2.processBlock
func processBlock(out, in1, in2 *block)

//go:linkname processBlockXOR golang.org/x/crypto/argon2.processBlockXOR
func processBlockXOR(out, in1, in2 *block)

//go:linkname indexAlpha golang.org/x/crypto/argon2.indexAlpha
func indexAlpha(rand uint64, lanes, segments, threads, n, slice, lane, index uint32) uint32

//go:linkname extractKey golang.org/x/crypto/argon2.extractKey
func extractKey(memory []block, blocks, threads, keyLen uint32) []byte

const (
	blockWords = 128 // of 64 bits: 1 KiB
	syncPoints = 4   // slices of a lane
	argon2i    = 1
	argon2id   = 2
)

// A block is what Argon2 fills its memory with.
type block [blockWords]uint64

// A setting is what makes an Argon2 key of a password, beside its salt.
type setting struct {
	mode, keyLen uint32
	Params
}

// blocks is the memory that it fills: RFC 9106 rounds it to whole slices.
func (s setting) blocks() uint32 {
	whole := syncPoints * uint32(s.Parallelism)
	return max(s.MemoryKiB/whole*whole, 2*whole)
}

// derive is Argon2 version 1.3 as in RFC 9106, section 3.2, in memory that may
// hold what an earlier one has left there. The lanes are filled one after the
// other, in the goroutine of the caller: the gate has given it one core.
func (s setting) derive(memory []block, pw, salt []byte) []byte {
	lanes, blocks := uint32(s.Parallelism), s.blocks()
	memory = memory[:blocks]
	h0 := initHash(pw, salt, nil, nil, s.Time, s.MemoryKiB, lanes, s.keyLen, int(s.mode))
	for lane := range lanes {
		begin(memory[lane*(blocks/lanes):], &h0, lane)
	}
	f := filling{setting: s, memory: memory, lane: blocks / lanes, segment: blocks / lanes / syncPoints}
	for pass := range s.Time {
		for slice := range uint32(syncPoints) {
			for lane := range lanes {
				f.fill(pass, slice, lane)
			}
		}
	}
	return extractKey(memory, blocks, lanes, s.keyLen)
}

// begin makes the first two blocks of a lane.
func begin(lane []block, h0 *[blake2b.Size + 8]byte, number uint32) {
	var bytes [8 * blockWords]byte
	for i := range uint32(2) {
		binary.LittleEndian.PutUint32(h0[blake2b.Size:], i)
		binary.LittleEndian.PutUint32(h0[blake2b.Size+4:], number)
		blake2bHash(bytes[:], h0[:])
		for word := range lane[i] {
			lane[i][word] = binary.LittleEndian.Uint64(bytes[8*word:])
		}
	}
}

// A filling is a hash under way.
type filling struct {
	setting

	memory        []block
	lane, segment uint32 // lengths, in blocks
}

// fill makes the blocks of one segment. Which earlier block each is mixed with
// depends on the password, but in the first half of the first pass of Argon2id,
// which so gives nothing away by its timing.
func (f *filling) fill(pass, slice, lane uint32) {
	var addresses, input, zero block
	blind := f.mode == argon2i || pass == 0 && slice < syncPoints/2
	for i, v := range []uint32{pass, lane, slice, f.blocks(), f.Time, f.mode} {
		input[i] = uint64(v)
	}
	first := uint32(0)
	if pass == 0 && slice == 0 {
		first = 2 // begin has made them
	}
	mix := processBlockXOR
	if pass == 0 {
		mix = processBlock // nothing of ours is there yet
	}
	for index := first; index < f.segment; index++ {
		if blind && (index == first || index%blockWords == 0) {
			input[6]++
			processBlock(&addresses, &input, &zero)
			processBlock(&addresses, &addresses, &zero)
		}
		at := lane*f.lane + slice*f.segment + index
		before := at - 1
		if slice == 0 && index == 0 {
			before += f.lane // the last block of the lane
		}
		random := f.memory[before][0]
		if blind {
			random = addresses[index%blockWords]
		}
		with := indexAlpha(random, f.lane, f.segment, uint32(f.Parallelism), pass, slice, lane, index)
		mix(&f.memory[at], &f.memory[before], &f.memory[with])
	}
}
