package password

import (
	"crypto/subtle"
	"errors"
	"strings"

	"github.com/go-crypt/x/yescrypt"
	"github.com/zitadel/passwap/verifier"
)

// yescryptVerifier compares with the hash of today's Linux distributions, with
// the flags that these use.
type yescryptVerifier struct{}

// Validate finds nothing that the shape and yescryptMemory have not.
func (yescryptVerifier) Validate(string) (verifier.Result, error) { return verifier.OK, nil }

func (yescryptVerifier) Verify(h, pw string) (verifier.Result, error) {
	made, err := yescrypt.Hash([]byte(pw), []byte(h))
	if err != nil || len(made) != len(h) {
		return verifier.Fail, errors.Join(err, errNoHash)
	}
	return verifier.Result(subtle.ConstantTimeCompare(made, []byte(h))), nil
}

var errNoHash = errors.New("password: yescrypt gave no hash")

func yescryptMemory(parts []string) (kib uint64, ok bool) {
	ln, r := strings.Index(crypt64, parts[1])+1, strings.Index(crypt64, parts[2])+1
	if ln < minScryptLN || ln > maxScryptLN {
		return 0, false
	}
	kib = uint64(r) << ln / 8 //nolint:gosec // G115: not negative
	return max(1, kib), kib <= maxMemoryKiB
}
