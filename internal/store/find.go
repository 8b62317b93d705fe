package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold"
)

// FoundIn is by what an account is found.
type FoundIn string

// The places in which customer care finds an account.
const (
	InID          FoundIn = "id"
	InContact     FoundIn = "contact"    // address of the main contact
	InComing      FoundIn = "coming"     // of the one that is to be
	InPending     FoundIn = "pending"    // that waits for its mailbox to answer
	InListed      FoundIn = "listed"     // of another contact
	InLogin       FoundIn = "login"      // of a user who has access
	InInvitation  FoundIn = "invitation" // of somebody who was invited
	InName        FoundIn = "name"
	InContactName FoundIn = "contact_name"
	InListedName  FoundIn = "listed_name"
	InUserName    FoundIn = "user_name"
)

// An Addressed is an account that an address has to do with, and how.
type Addressed struct {
	Account keyfold.CustomerID
	In      FoundIn
}

// Addressed are the accounts that an address has to do with: of each place at
// most limit. An account comes once for each place.
func (r Reader) Addressed(ctx context.Context, email keyfold.Email, limit int) (found []Addressed, err error) {
	err = r.each(ctx, "addressed", func(row row) error {
		var a Addressed
		err := row.Scan(text(&a.Account), &a.In)
		found = append(found, a)
		return err
	}, `select * from (select a.customer_id, 'contact' from accounts a where a.contact_key = $1 order by a.customer_id limit $2) x
		union all select * from (select a.customer_id, 'coming' from accounts a where a.coming_email <> '' and lower(a.coming_email) = $1 limit $2) x
		union all select * from (select a.customer_id, 'pending' from accounts a where a.pending_email <> '' and lower(a.pending_email) = $1 limit $2) x
		union all select * from (select distinct c.customer_id, 'listed' from contacts c where c.email_key = $1 limit $2) x
		union all select * from (select m.customer_id, 'login' from users u join memberships m on m.user_id = u.id
			where u.email_key = $1 order by m.used_at desc, m.customer_id limit $2) x
		union all select * from (select distinct i.customer_id, 'invitation' from invitations i where i.email_key = $1 and i.status = 'pending' limit $2) x`,
		email.Key(), limit)
	return found, err
}

// Accounts reads those of several accounts that there are, in the order in which
// they are asked for.
func (r Reader) Accounts(ctx context.Context, ids []keyfold.CustomerID) ([]keyfold.Account, error) {
	found := map[keyfold.CustomerID]keyfold.Account{}
	in := inChunks{what: "accounts", q: accountsOf, size: inChunk}
	err := in.ask(ctx, r, ids, func(row row) error {
		var a keyfold.Account
		err := row.Scan(accountFields(&a)...)
		found[a.ID] = a
		return err
	})
	var accounts []keyfold.Account
	for _, id := range ids {
		if a, there := found[id]; there {
			accounts = append(accounts, a)
		}
	}
	return accounts, err
}

// AccountsUsed are accounts of a user, last used first.
func (r Reader) AccountsUsed(ctx context.Context, user keyfold.UserID, limit int) (ids []keyfold.CustomerID, err error) {
	err = r.each(ctx, "accounts used", func(row row) error {
		var id keyfold.CustomerID
		err := row.Scan(text(&id))
		ids = append(ids, id)
		return err
	}, `select customer_id from memberships where user_id = $1 order by used_at desc, customer_id limit $2`, user, limit)
	return ids, err
}

// MostWords is how many words one question is about at the most. What is left
// over is filled up, so that its text is always the same.
const MostWords = 144

// fewWords and manyWords are of how many words a question about postings is.
const fewWords, manyWords = 4, 48

func filled[T any](args []any, list []T, to int) []any {
	var none T
	for i := range to {
		switch {
		case i < len(list):
			args = append(args, list[i])
		case len(list) > 0:
			args = append(args, list[0])
		default:
			args = append(args, none)
		}
	}
	return args
}

// postingsOf are postings of so many words, of each no more than the argument
// that follows the words. Asked for one by one and in order, each is found by the
// index; of several words at once, PostgreSQL may rather read the whole table.
func postingsOf(words int) string {
	each := make([]string, words)
	for i := range each {
		each[i] = `select * from (select name from find_postings where word = $` + strconv.Itoa(1+i) + ` order by name limit $` + strconv.Itoa(1+words) + `) l`
	}
	return strings.Join(each, " union all ")
}

// nearKeys is for how much that is left one question looks: for a word with two
// slips, and some more.
const nearKeys = 48

func nearOf(keys int) string {
	each := make([]string, keys)
	for i := range each {
		each[i] = `select * from (select word from find_near where near = $` + strconv.Itoa(1+i) + ` order by word limit $` + strconv.Itoa(1+keys) + `) l`
	}
	return strings.Join(each, " union all ")
}

func countOf(words int) string {
	return `select count(*) from (select 1 from (` + postingsOf(words) + `) p limit $` + strconv.Itoa(1+words) + `) x`
}

// namingsWith looks at the others for one posting after the other, as PostgreSQL
// might otherwise read all postings of a frequent word.
func namingsWith(words int) string {
	arg := func(n int) string { return "$" + strconv.Itoa(1+words+n) }
	has := func(word string) string {
		return `(` + word + ` = 0 or (select o.name from find_postings o where o.word = ` + word + ` and o.name = p.name) is not null)`
	}
	return `select n.id, n.customer_id, n.user_id, n.words from (
			select p.name from (select name from (` + postingsOf(words) + `) l limit $` + strconv.Itoa(1+words) + `) p where ` + has(arg(1)) + ` and ` + has(arg(2)) + ` limit ` + arg(3) + `
		) x join find_names n on n.id = x.name`
}

var (
	wordsWith = `select word, id from find_words where word in (` + numbered(MostWords) + `)`

	wordsNear = nearOf(nearKeys)

	countOfFew, countOfMany         = countOf(fewWords), countOf(manyWords)
	namingsWithFew, namingsWithMany = namingsWith(fewWords), namingsWith(manyWords)
)

// Words are those of some words that the index has, of [MostWords] at the most.
func (db *DB) Words(ctx context.Context, words []string) ([]Word, error) {
	return db.words(ctx, wordsWith, filled(db.dialect.fresh(), words, MostWords))
}

// WordsFrom are the words that begin alike, in the order of their letters.
func (db *DB) WordsFrom(ctx context.Context, start string, limit int) ([]Word, error) {
	return db.words(ctx, `select word, id from find_words where word >= $1 and word < $2 order by word limit $3`,
		append(db.dialect.fresh(), start, start+"\U0010ffff", limit))
}

func (db *DB) words(ctx context.Context, q string, args []any) (words []Word, err error) {
	err = db.Reader().each(ctx, "words", func(row row) error {
		var w Word
		err := row.Scan(&w.Text, &w.ID)
		words = append(words, w)
		return err
	}, q, args...)
	return words, err
}

// WordsNear are words of which the same may be left after a slip: for each of what
// may be left, so many at most, as what is left of very many tells little. Many are
// not near at all, and some come more than once.
func (db *DB) WordsNear(ctx context.Context, keys []string, each int) (words []string, err error) {
	for chunk := range slices.Chunk(keys, nearKeys) {
		err := db.Reader().each(ctx, "words near", func(row row) error {
			var w string
			err := row.Scan(&w)
			words = append(words, w)
			return err
		}, wordsNear, append(filled(db.dialect.fresh(), slices.Concat(chunk, make([]string, nearKeys-len(chunk))), nearKeys), each)...)
		if err != nil {
			return nil, err
		}
	}
	return words, nil
}

// CountWith counts the postings of words, up to a number; of one word that was
// named twice, twice.
func (db *DB) CountWith(ctx context.Context, words []int64, most int) (int, error) {
	if len(words) == 0 {
		return 0, nil
	}
	q, args := db.postings(words, countOfFew, countOfMany)
	n, err := db.Reader().count(ctx, "count postings", q, append(args, most)...)
	return int(n), err
}

// postings picks the question that has room for some words. A word that is not
// there fills it up.
func (db *DB) postings(words []int64, few, many string) (q string, args []any) {
	q, size := few, fewWords
	if len(words) > fewWords {
		q, size = many, manyWords
	}
	none := make([]int64, size)
	return q, filled(db.dialect.fresh(), append(words[:min(size, len(words)):min(size, len(words))], none...), size)
}

// NamingsWith are namings that have one of some words, and each of two others
// (0: any): at most limit, and of the words no more than so many postings are
// looked at, those of the first ones first.
func (db *DB) NamingsWith(ctx context.Context, words []int64, also [2]int64, look, limit int) (namings []Naming, err error) {
	q, args := db.postings(words, namingsWithFew, namingsWithMany)
	err = db.Reader().each(ctx, "namings with", func(row row) error {
		n, err := scanNaming(row)
		namings = append(namings, n)
		return err
	}, q, append(args, look, also[0], also[1], limit)...)
	return namings, err
}

// Behind is how many accounts have had something happen to them that a follower
// has not seen; when there are very many, it may say too many.
func (r Reader) Behind(ctx context.Context, follower string) (int64, error) {
	const exact = 2000
	place, err := r.Meta(ctx, follows+follower)
	if err != nil {
		return 0, err
	}
	seen, err := strconv.ParseInt("0"+place, 10, 64)
	if err != nil {
		return 0, err
	}
	last, err := r.LastEvent(ctx)
	if err != nil || last-seen > exact {
		return max(0, last-seen), err
	}
	return r.count(ctx, "behind", `
		select count(distinct customer_id) from (select customer_id from events where seq > $1 and became <> '' order by seq limit $2) x`, seen, exact)
}
