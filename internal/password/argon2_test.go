package password_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

// BenchmarkArgon2 is the bare hash, for comparison with BenchmarkGateVerify.
func BenchmarkArgon2(b *testing.B) {
	p := password.DefaultParams()
	b.ReportAllocs()
	for b.Loop() {
		argon2.IDKey([]byte(theirs), []byte("zout-zout-zout-1"), p.Time, p.MemoryKiB, p.Parallelism, 32)
	}
}

// TestArgon2IsThatOfTheLibrary holds our way through the memory against the
// one that x/crypto exports: first in fresh memory, then in used one.
func TestArgon2IsThatOfTheLibrary(t *testing.T) {
	t.Parallel()
	salt := []byte("zout-zout-zout-1")
	key := map[string]func(pw, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte{"argon2id": argon2.IDKey, "argon2i": argon2.Key}
	for _, p := range []password.Params{
		{MemoryKiB: 19456, Time: 2, Parallelism: 1},
		{MemoryKiB: 8, Time: 1, Parallelism: 1},
		{MemoryKiB: 2048, Time: 3, Parallelism: 4},
		{MemoryKiB: 1027, Time: 1, Parallelism: 2},
		{MemoryKiB: 700, Time: 16, Parallelism: 1},
		{MemoryKiB: 24, Time: 2, Parallelism: 3},
	} {
		g := gate(t, password.GateConfig{Params: p})
		for name, derive := range key {
			for round := range 2 {
				h := keyfold.Hash(fmt.Sprintf("$%s$v=19$m=%d,t=%d,p=%d$%s$%s", name, p.MemoryKiB, p.Time, p.Parallelism,
					base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(derive([]byte(theirs), salt, p.Time, p.MemoryKiB, p.Parallelism, 32))))
				for pw, want := range map[string]bool{theirs: true, theirs + "x": false} {
					got, err := g.Verify(t.Context(), h, pw)
					if err != nil || got.OK != want {
						t.Errorf("%s %+v, round %d, %q: %+v, %v", name, p, round, pw, got, err)
					}
				}
			}
		}
	}
}
