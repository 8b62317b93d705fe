package password

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/keyfold/keyfold"
)

// WrapParams are what it costs to wrap a digest at an import, unless the
// operator says otherwise. A guess then takes half a millisecond and a mebibyte, where
// it took next to nothing; a million rows take five to ten minutes on two cores.
func WrapParams() Params { return Params{MemoryKiB: 1024, Time: 1, Parallelism: 1} }

// An IntakeConfig says how the hashes of a legacy system come in.
type IntakeConfig struct {
	Recipe  Recipe
	Peppers Peppers
	Wrap    Params // of quick digests; default: WrapParams
	// Bare leaves quick digests as they are. Whoever steals the database then
	// has most passwords within a day.
	Bare bool
	// MemoryBudget is that of the gate which compares with the hashes later, in
	// bytes; 0: only the bound of a single hash counts.
	MemoryBudget uint64
}

// An Intake takes hashes in. Many goroutines may use it at once.
type Intake struct {
	config IntakeConfig
	reader reader
	memory pool
}

// NewIntake makes an intake, or says what its configuration lacks.
func NewIntake(c IntakeConfig) (*Intake, error) {
	if c.Wrap == (Params{}) {
		c.Wrap = WrapParams()
	}
	if err := c.Wrap.check(); err != nil {
		return nil, err
	}
	if c.Recipe.digest != nil {
		for _, name := range c.Recipe.digest.peppers() {
			if _, ok := c.Peppers[name]; !ok {
				return nil, fmt.Errorf("the recipe uses pepper(%s), which is not in the configuration. Put %s=… into KEYFOLD_PASSWORD_PEPPERS or the file that KEYFOLD_PASSWORD_PEPPERS_FILE names", name, name)
			}
		}
	}
	return &Intake{config: c, reader: newReader(DefaultParams(), c.Peppers), memory: pool{usual: c.Wrap.setting().blocks()}}, nil
}

// A Taken is a hash that a gate can compare with.
type Taken struct {
	Hash   keyfold.Hash // to store
	Format string       // what it came in, like bcrypt, LDAP or recipe
	// Weak says that it was a digest that is soon guessed; unless the intake is
	// bare, it is wrapped now.
	Weak bool
}

// Take reads what the legacy system has of one user. The same row of the same
// account gives the same hash each time. No password at all is no hash and no
// error; other errors are those that this package names, and have nothing of
// the row in them.
func (in *Intake) Take(row LegacyHash, account keyfold.CustomerID) (Taken, error) {
	t, l, err := in.look(row)
	if err == nil && t.Weak && !in.config.Bare {
		t.Hash = keyfold.Hash(in.wrapped(l, account).String())
	}
	return t, err
}

// Look is Take without the work of wrapping: of a weak digest, the hash is
// empty.
func (in *Intake) Look(row LegacyHash) (Taken, error) {
	t, _, err := in.look(row)
	return t, err
}

func (in *Intake) look(row LegacyHash) (Taken, legacy, error) {
	if row.Hash == "" {
		return Taken{}, legacy{}, nil
	}
	l, j, err := in.read(row)
	if err != nil {
		return Taken{}, legacy{}, err
	}
	if budget := in.config.MemoryBudget / 1024; budget > 0 && j.kib > budget {
		return Taken{}, legacy{}, ErrCostly
	}
	t := Taken{Hash: keyfold.Hash(row.Hash), Format: j.format}
	if l.expression == nil {
		return t, l, nil
	}
	t.Format = l.name
	t.Weak = l.inner == "" && l.load(guessed).quick()
	switch {
	case t.Weak && !in.config.Bare:
		t.Hash = ""
	case l.name == formatRecipe:
		t.Hash = keyfold.Hash(l.String())
	}
	return t, l, nil
}

// String says how the intake makes of a row what it does. Two that say the same
// make the same of it.
func (in *Intake) String() string {
	c := in.config
	text := fmt.Sprintf("wrap %v bare %v memory %d", c.Wrap, c.Bare, c.MemoryBudget)
	if c.Recipe.digest != nil {
		text += fmt.Sprintf(" recipe %v column %v encoding %s salt %s", c.Recipe.digest, c.Recipe.column, c.Recipe.encoding, c.Recipe.salt)
	}
	return text
}

// formatRecipe is the format of what no other name is known for.
const formatRecipe = "recipe"

// read finds out how the hash of a row would be compared. Where an old system
// has changed its ways, rows that say themselves stand among those of the
// recipe.
func (in *Intake) read(row LegacyHash) (l legacy, j job, err error) {
	if in.config.Recipe.digest != nil {
		l, err = in.config.Recipe.read(row)
		if err == nil {
			j, err = in.reader.legacyJob(l)
		}
		if !errors.Is(err, ErrColumn) || !strings.ContainsAny(row.Hash[:1], "${") {
			return l, j, err
		}
		if j, err = in.reader.job(row.Hash); errors.Is(err, ErrUnknown) {
			return legacy{}, job{}, ErrColumn
		}
	} else {
		j, err = in.reader.job(row.Hash)
	}
	if j.legacy != nil {
		l = *j.legacy
	}
	return l, j, err
}

// wrapped is l with a hash of its value in the place of the value. The salt is
// that of the account: it is unique, says nothing of the value, and makes the
// same import give the same hash.
func (in *Intake) wrapped(l legacy, account keyfold.CustomerID) legacy {
	sum := sha256.Sum256([]byte("keyfold: salt of the legacy password of " + account.String()))
	salt := sum[:saltBytes]
	l.inner = in.config.Wrap.write(salt, in.memory.derive(in.config.Wrap.setting(), l.want, salt))
	l.want = nil
	return l
}

// Close lets go of the memory that hashing has used.
func (in *Intake) Close() { in.memory.drop() }
