package password

import (
	"encoding/base64"
	"fmt"
)

const (
	saltBytes = 16
	keyBytes  = 32
)

// Params are the cost of a new argon2id hash.
type Params struct {
	MemoryKiB   uint32
	Time        uint32
	Parallelism uint8
}

// DefaultParams are what OWASP asks for at least, and 40 ms on one core.
func DefaultParams() Params { return Params{MemoryKiB: 19456, Time: 2, Parallelism: 1} }

func (p Params) orDefault() Params {
	if p == (Params{}) {
		return DefaultParams()
	}
	return p
}

// check refuses what could not be verified later, or would be no protection.
func (p Params) check() error {
	switch {
	case p.Parallelism < 1 || p.Parallelism > maxThreads:
		return fmt.Errorf("password: parallelism %d is not between 1 and %d", p.Parallelism, maxThreads)
	case p.Time < 1 || p.Time > maxTime:
		return fmt.Errorf("password: time %d is not between 1 and %d", p.Time, maxTime)
	case p.MemoryKiB < 8*uint32(p.Parallelism) || p.MemoryKiB > maxMemoryKiB:
		return fmt.Errorf("password: memory of %d KiB is not between %d and %d", p.MemoryKiB, 8*uint32(p.Parallelism), maxMemoryKiB)
	case uint64(p.MemoryKiB)*uint64(p.Time) > maxWorkKiB:
		return fmt.Errorf("password: memory times time is above %d KiB", maxWorkKiB)
	}
	return nil
}

// setting is how a new hash is made.
func (p Params) setting() setting { return setting{mode: argon2id, keyLen: keyBytes, Params: p} }

// write is a hash as it is stored.
func (p Params) write(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.MemoryKiB, p.Time, p.Parallelism,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// dummy is a hash of no password that costs what a real one costs. Comparing
// with it takes the same path as comparing with a user's.
func (p Params) dummy() string { return p.write(make([]byte, saltBytes), make([]byte, keyBytes)) }
