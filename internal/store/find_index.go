package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold"
)

// A Naming is what somebody is called, in the words by which customer care finds
// it: an account, with one line for its name, one for its main contact and one
// for each listed contact; or a user, with one line.
type Naming struct {
	ID      int64
	Account keyfold.CustomerID
	User    keyfold.UserID
	Words   string
}

// IsZero reports whether it is not there.
func (n Naming) IsZero() bool { return n.ID == 0 }

// A Word of the index has a number, by which postings name it.
type Word struct {
	Text string
	ID   int64
	Near []string // what is left of it after a slip
}

// A Posting says that a word is in a naming.
type Posting struct{ Word, Naming int64 }

// An IndexChange is what a follower makes of some events.
type IndexChange struct {
	Namings  []Naming // that are new
	Changed  []Naming // one without words is deleted
	Words    []Word   // that are new
	Postings []Posting
	Gone     []GonePosting
}

// A GonePosting is a posting that holds no more, with its word, which goes too
// when it has no other one.
type GonePosting struct {
	Word   Word
	Naming int64
}

// indexChunk is how many rows one statement writes, so that its text is always
// the same: what is left over is filled up.
const indexChunk = 50

func insertMany(into string, columns []string) string {
	rows := make([]string, indexChunk)
	for i := range rows {
		row := make([]string, len(columns))
		for j := range row {
			row[j] = "$" + strconv.Itoa(i*len(columns)+j+1)
		}
		rows[i] = "(" + strings.Join(row, ", ") + ")"
	}
	return "insert into " + into + " (" + strings.Join(columns, ", ") + ") values " + strings.Join(rows, ", ") + " on conflict do nothing"
}

var (
	putNamings  = insertMany("find_names", []string{"id", "customer_id", "user_id", "words"})
	putWords    = insertMany("find_words", []string{"word", "id"})
	putNear     = insertMany("find_near", []string{"near", "word"})
	putPostings = insertMany("find_postings", []string{"word", "name"})
)

func (tx *Tx) putMany(ctx context.Context, q string, rows [][]any) error {
	for chunk := range slices.Chunk(rows, indexChunk) {
		var args []any
		for i := range indexChunk {
			args = append(args, chunk[min(i, len(chunk)-1)]...)
		}
		if _, err := tx.exec(ctx, "index", q, args...); err != nil {
			return err
		}
	}
	return nil
}

// Index writes a change of the index. Only one follower may do so at a time.
func (tx *Tx) Index(ctx context.Context, c IndexChange) error {
	var namings, words, near, postings [][]any
	for _, n := range c.Namings {
		namings = append(namings, []any{n.ID, null(n.Account.String()), null(n.User), n.Words})
	}
	for _, w := range c.Words {
		words = append(words, []any{w.Text, w.ID})
		for _, key := range w.Near {
			near = append(near, []any{key, w.Text})
		}
	}
	for _, p := range c.Postings {
		postings = append(postings, []any{p.Word, p.Naming})
	}
	for _, many := range []struct {
		q    string
		rows [][]any
	}{{putNamings, namings}, {putWords, words}, {putNear, near}, {putPostings, postings}} {
		if err := tx.putMany(ctx, many.q, many.rows); err != nil {
			return err
		}
	}
	for _, n := range c.Changed {
		if err := tx.changeNaming(ctx, n); err != nil {
			return err
		}
	}
	for _, g := range c.Gone {
		if err := tx.unindex(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) changeNaming(ctx context.Context, n Naming) (err error) {
	if n.Words == "" {
		_, err = tx.exec(ctx, "forget naming", `delete from find_names where id = $1`, n.ID)
	} else {
		_, err = tx.exec(ctx, "change naming", `update find_names set words = $2 where id = $1`, n.ID, n.Words)
	}
	return err
}

// unindex takes a posting away, and its word when nothing else has it: a name
// that somebody no longer has must be nowhere.
func (tx *Tx) unindex(ctx context.Context, g GonePosting) error {
	if _, err := tx.exec(ctx, "unindex", `delete from find_postings where word = $1 and name = $2`, g.Word.ID, g.Naming); err != nil {
		return err
	}
	n, err := tx.exec(ctx, "forget word", `
		delete from find_words where word = $1 and not exists (select 1 from find_postings where word = $2)`, g.Word.Text, g.Word.ID)
	if err != nil || n == 0 {
		return err
	}
	for _, key := range g.Word.Near {
		if _, err := tx.exec(ctx, "forget word", `delete from find_near where near = $1 and word = $2`, key, g.Word.Text); err != nil {
			return err
		}
	}
	return nil
}

// A Called is one name of an account.
type Called struct {
	In   FoundIn
	Kind keyfold.ContactKind // of a listed contact
	Name string
}

var (
	namesOf = `select customer_id, name, contact_name from accounts where customer_id in (` + numbered(inChunk) + `)`

	listedNamesOf = `select customer_id, kind, name from contacts
		where customer_id in (` + numbered(inChunk) + `) and name <> '' order by customer_id, kind, created_at, id`
	userNamesOf = `select id, name from users where id in (` + numbered(inChunk) + `)`

	namingsOfAccounts = `select id, customer_id, user_id, words from find_names where customer_id in (` + numbered(inChunk) + `)`
	namingsOfUsers    = `select id, customer_id, user_id, words from find_names where user_id in (` + numbered(inChunk) + `)`
)

// Called are the names of accounts: its own and that of its main contact, which
// may be empty, and those of its listed contacts.
func (db *DB) Called(ctx context.Context, ids []keyfold.CustomerID) (map[keyfold.CustomerID][]Called, error) {
	found := map[keyfold.CustomerID][]Called{}
	err := asked(ctx, db, "names", namesOf, ids, func(row row) error {
		var id keyfold.CustomerID
		var name, contact string
		err := row.Scan(text(&id), &name, &contact)
		found[id] = []Called{{In: InName, Name: name}, {In: InContactName, Name: contact}}
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, asked(ctx, db, "names of contacts", listedNamesOf, ids, func(row row) error {
		var id keyfold.CustomerID
		c := Called{In: InListedName}
		err := row.Scan(text(&id), &c.Kind, &c.Name)
		if found[id] != nil {
			found[id] = append(found[id], c)
		}
		return err
	})
}

// UsersCalled are the names of users; who has deleted the login has none.
func (db *DB) UsersCalled(ctx context.Context, ids []keyfold.UserID) (map[keyfold.UserID]string, error) {
	found := map[keyfold.UserID]string{}
	return found, asked(ctx, db, "names of users", userNamesOf, ids, func(row row) error {
		var id keyfold.UserID
		var name string
		err := row.Scan(&id, &name)
		found[id] = name
		return err
	})
}

// Namings are those of accounts and users that the index has.
func (db *DB) Namings(ctx context.Context, accounts []keyfold.CustomerID, users []keyfold.UserID) (namings []Naming, err error) {
	scan := func(row row) error {
		n, err := scanNaming(row)
		namings = append(namings, n)
		return err
	}
	if err := asked(ctx, db, "namings", namingsOfAccounts, accounts, scan); err != nil {
		return nil, err
	}
	return namings, asked(ctx, db, "namings of users", namingsOfUsers, users, scan)
}

func scanNaming(row row) (n Naming, err error) {
	err = row.Scan(&n.ID, text(&n.Account), orNull(&n.User), &n.Words)
	return n, err
}

// Numbers are the greatest numbers of a naming and of a word that are in use.
func (r Reader) Numbers(ctx context.Context) (naming, word int64, err error) {
	if naming, err = r.count(ctx, "last naming", `select coalesce(max(id), 0) from find_names`); err != nil {
		return 0, 0, err
	}
	word, err = r.count(ctx, "last word", `select coalesce(max(word), 0) from find_postings`) // each word has one
	return naming, word, err
}

// asked asks a question about many things, inChunk at a time.
func asked[T any](ctx context.Context, db *DB, what, q string, of []T, scan func(row) error) error {
	for chunk := range slices.Chunk(of, inChunk) {
		args := db.dialect.fresh()
		for i := range inChunk {
			var arg any = chunk[min(i, len(chunk)-1)]
			if id, ok := arg.(keyfold.CustomerID); ok {
				arg = id.String()
			}
			args = append(args, arg)
		}
		if err := db.Reader().each(ctx, what, scan, q, args...); err != nil {
			return err
		}
	}
	return nil
}
