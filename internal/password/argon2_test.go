package password_test

import (
	"testing"

	"golang.org/x/crypto/argon2"

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
