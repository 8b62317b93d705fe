package password

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strconv"

	"github.com/zitadel/passwap/argon2"
	"github.com/zitadel/passwap/bcrypt"
	"github.com/zitadel/passwap/drupal7"
	"github.com/zitadel/passwap/pbkdf2"
	"github.com/zitadel/passwap/scrypt"
	"github.com/zitadel/passwap/sha2"
	"github.com/zitadel/passwap/verifier"
)

// The bounds of what a stored hash may ask for. A row with more than this is
// not a hash that anybody made in earnest: it is there to stop the server.
const (
	maxMemoryKiB  = 256 << 10 // of one hash
	maxWorkKiB    = 1 << 20   // memory filled, over all passes
	maxTime       = 16
	maxThreads    = 16
	maxBcrypt     = 14
	maxSHA2Rounds = 1_000_000
	maxSHA2Work   = 400_000_000 // rounds times bytes: each round reads the password again
	maxPBKDF2     = 1_500_000
	maxPHPass     = 18      // log 2 of rounds
	maxDrupal7    = 1 << 18 // rounds
	minScryptLN   = 10
	maxScryptLN   = 18
	maxScryptRP   = 16
	maxScryptKiB  = 1 << 18 // memory filled: it takes ten times as long as with Argon2
)

// A format is a way to store hashes. The verifiers are forgiving: some take a
// hash of no bytes for one that every password has, and most skip over what
// they do not expect. So a hash is tried only when the whole of it has the
// shape of its format.
type format struct {
	name     string
	shape    *regexp.Regexp
	verifier verifier.Verifier
	// memory is what a hash takes, in KiB, given the parts of the shape; nil:
	// next to nothing. It is not ok when that is out of bounds.
	memory func(parts []string) (kib uint64, ok bool)
}

const (
	b64     = `[A-Za-z0-9+/]`
	inCrypt = `[./A-Za-z0-9]`
	// A shorter key would be the beginning of the whole one, and easier to hit.
	pbkdf2Tail = `\$[0-9]{4,7}\$[A-Za-z0-9+/.]{2,86}={0,2}\$[A-Za-z0-9+/.]`
)

var (
	argon2Shape   = regexp.MustCompile(`^\$argon2(id|i)\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,4}),p=([0-9]{1,2})\$(` + b64 + `{11,86})\$(` + b64 + `{22,86})$`)
	bcryptShape   = regexp.MustCompile(`^\$2[aby]\$[0-9]{2}\$` + inCrypt + `{53}$`)
	sha256Shape   = regexp.MustCompile(`^\$5\$(?:rounds=([0-9]{4,7})\$)?` + inCrypt + `{1,16}\$` + inCrypt + `{43}$`)
	sha512Shape   = regexp.MustCompile(`^\$6\$(?:rounds=([0-9]{4,7})\$)?` + inCrypt + `{1,16}\$` + inCrypt + `{86}$`)
	drupal7Shape  = regexp.MustCompile(`^\$S\$` + inCrypt + `{52}$`)
	pbkdf2Shape   = regexp.MustCompile(`^\$pbkdf2(?:` + pbkdf2Tail + `{27}|-sha224` + pbkdf2Tail + `{38}|-sha256` + pbkdf2Tail + `{43}|-sha384` + pbkdf2Tail + `{64}|-sha512` + pbkdf2Tail + `{86})={0,2}$`)
	scryptShape   = regexp.MustCompile(`^\$(scrypt|7)\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$` + b64 + `{2,86}\$` + b64 + `{22,86}$`)
	yescryptShape = regexp.MustCompile(`^\$y\$j(` + inCrypt + `)([./0-9A-T])\$` + inCrypt + `{0,86}\$` + inCrypt + `{43}$`)
)

// formats are those that say themselves and that others have written verifiers
// for. Only the first is ever written; the others are those of legacy systems,
// of which there are more in dialects.
func formats() []format {
	rounds := &sha2.ValidationOpts{MinSha256Rounds: sha2.RoundsMin, MaxSha256Rounds: maxSHA2Rounds, MinSha512Rounds: sha2.RoundsMin, MaxSha512Rounds: maxSHA2Rounds}
	return []format{
		{"argon2", argon2Shape, argon2.NewVerifier(&argon2.ValidationOpts{
			MinTime: 1, MaxTime: maxTime, MinMemory: 8, MaxMemory: maxMemoryKiB, MinThreads: 1, MaxThreads: maxThreads,
		}), argon2Memory},
		{"bcrypt", bcryptShape, bcrypt.NewVerifier(&bcrypt.ValidationOpts{MinCost: bcrypt.DefaultMinCost, MaxCost: maxBcrypt}), nil},
		{"sha256crypt", sha256Shape, sha2.NewVerifier(rounds), nil},
		{"sha512crypt", sha512Shape, sha2.NewVerifier(rounds), nil},
		{"drupal7", drupal7Shape, drupal7.NewVerifier(&drupal7.ValidationOpts{MinIterations: 2, MaxIterations: maxDrupal7}), nil},
		{"pbkdf2", pbkdf2Shape, pbkdf2.NewVerifier(&pbkdf2.ValidationOpts{MinRounds: pbkdf2.MinRounds, MaxRounds: maxPBKDF2}), nil},
		{"scrypt", scryptShape, scrypt.NewVerifier(&scrypt.ValidationOpts{
			MinLN: minScryptLN, MaxLN: maxScryptLN, MinR: 1, MaxR: maxScryptRP, MinP: 1, MaxP: maxScryptRP,
		}), scryptMemory},
		{"yescrypt", yescryptShape, yescryptVerifier{}, yescryptMemory},
	}
}

func argon2Memory(parts []string) (kib uint64, ok bool) {
	m, t := number(parts[2]), number(parts[3])
	return m, m <= maxMemoryKiB && m*t <= maxWorkKiB
}

func scryptMemory(parts []string) (kib uint64, ok bool) {
	ln, r, p := number(parts[2]), number(parts[3]), number(parts[4])
	if ln > maxScryptLN {
		return 0, false
	}
	kib = max(1, (1<<ln)*r/8)
	return kib, kib <= maxMemoryKiB && kib*p <= maxScryptKiB
}

// number reads digits that a shape has let through.
func number(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}

// MaxHash is how long a stored hash may be.
const MaxHash = 1024

// What is wrong with a hash that cannot be compared with.
var (
	ErrUnknown  = errors.New("it has the form of no hash that we know")
	ErrCostly   = errors.New("it asks for more memory or rounds than we give to one hash")
	ErrNoPepper = errors.New("it was made with a pepper that is not in the configuration (password.peppers)")
)

// a job is one computation that a slot is taken for.
type job struct {
	format string
	hash   string
	kib    uint64
	rounds uint64 // each of which reads the whole password; 0: it is read once
	weaker bool   // than what would be written now
	quick  bool   // it takes less time than ours

	legacy   *legacy           // computed first, where there is one
	verifier verifier.Verifier // nil for Argon2, and where there is nothing but legacy
	// For Argon2; the salt of other formats is in the hash.
	setting   setting
	salt, key []byte
}

// A reader finds out how a hash would be compared.
type reader struct {
	formats []format
	params  Params // of new hashes
	peppers Peppers
}

func newReader(p Params, peppers Peppers) reader {
	return reader{formats: formats(), params: p, peppers: peppers}
}

// job finds out how h would be compared and what that takes. The error is one
// of those above.
func (r reader) job(h string) (job, error) {
	if len(h) > MaxHash {
		return job{}, ErrUnknown
	}
	h = unnamed(h)
	if j, err := r.standard(h); !errors.Is(err, ErrUnknown) {
		return j, err
	}
	l, ok := parseLegacy(h)
	if !ok {
		l, ok = readDialect(h)
	}
	if !ok {
		return job{}, ErrUnknown
	}
	return r.legacyJob(l)
}

// standard is job for the formats that need no expression.
func (r reader) standard(h string) (job, error) {
	for i := range r.formats {
		f := &r.formats[i]
		parts := f.shape.FindStringSubmatch(h)
		if parts == nil {
			continue
		}
		j := job{format: f.name, hash: h, weaker: true, quick: true, verifier: f.verifier}
		if f.memory != nil {
			var ok bool
			if j.kib, ok = f.memory(parts); !ok {
				return job{}, ErrCostly
			}
		}
		if result, err := f.verifier.Validate(h); err != nil || result != verifier.OK {
			return job{}, ErrCostly
		}
		switch f.name {
		case "argon2":
			return r.params.argon2Job(j, parts)
		case "sha256crypt", "sha512crypt":
			j.rounds = number(parts[1])
		}
		return j, nil
	}
	return job{}, ErrUnknown
}

// legacyJob is a job that begins with an expression.
func (r reader) legacyJob(l legacy) (job, error) {
	if l.expression == nil {
		return job{}, ErrCostly
	}
	j := job{format: l.name, quick: true}
	if l.inner != "" {
		var err error
		if j, err = r.standard(l.inner); err != nil {
			return job{}, err
		}
	}
	for _, name := range l.expression.peppers() {
		if _, ok := r.peppers[name]; !ok {
			return job{}, ErrNoPepper
		}
	}
	j.legacy, j.weaker = &l, true
	j.kib = max(j.kib, l.load(ordinary).kib)
	if !j.bearable(ordinary) {
		return job{}, ErrCostly
	}
	return j, nil
}

// argon2Job reads the parts of the shape of an Argon2 hash.
func (p Params) argon2Job(j job, parts []string) (job, error) {
	salt, err := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	key, bad := base64.RawStdEncoding.Strict().DecodeString(parts[6])
	if err != nil || bad != nil {
		return job{}, ErrUnknown
	}
	j.verifier, j.weaker, j.salt, j.key = nil, p.above(parts), salt, key
	j.quick = 2*number(parts[2])*number(parts[3]) < uint64(p.MemoryKiB)*uint64(p.Time)
	j.setting = setting{mode: argon2i, keyLen: uint32(len(key)), Params: Params{ //nolint:gosec // G115: the shape has bounds
		MemoryKiB: uint32(number(parts[2])), Time: uint32(number(parts[3])), Parallelism: uint8(number(parts[4])), //nolint:gosec // G115: as above
	}}
	if parts[1] == "id" {
		j.setting.mode = argon2id
	}
	return j, nil
}

// above reports whether an argon2 hash, given the parts of its shape, has less
// of anything that matters than p asks for. What has more stays as it is.
func (p Params) above(parts []string) bool {
	return parts[1] != "id" ||
		number(parts[2]) < uint64(p.MemoryKiB) || number(parts[3]) < uint64(p.Time) ||
		len(parts[5]) < encoded(saltBytes) || len(parts[6]) < encoded(keyBytes)
}

// encoded is the length of n bytes in base64 without padding.
func encoded(n int) int { return (n*8 + 5) / 6 }

// ordinary is the length of a password that every hash must bear to be taken.
const ordinary = 64

// bearable reports whether j is done in reasonable time for a password of so many bytes.
func (j job) bearable(length int) bool {
	n := uint64(length) //nolint:gosec // G115: not negative
	if j.legacy != nil {
		load := j.legacy.load(length)
		if !load.bearable() {
			return false
		}
		n = load.size
	}
	return j.rounds*(n+64) <= maxSHA2Work
}
