package transfer

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/keyfold/keyfold/internal/store"
)

// A backup is text under zstd: a line that says what it is, then for each table a
// line with its columns, the lines of its rows and a line `\.`, and a last line
// with the number of all lines of rows and a digest of all before it. Decision 20
// says why it is not a file of the database.

// A heading is the first line.
type heading struct {
	Format  int    `json:"keyfold_backup"`
	Schema  int64  `json:"schema"`
	Program string `json:"program"`
	At      string `json:"at"`
}

// formatNow is the format that we write, and the only one so far.
const formatNow = 1

// A tableHead stands before the rows of a table.
type tableHead struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// An ending is the last line.
type ending struct {
	Rows   int64  `json:"rows"`
	Digest string `json:"sha256"`
}

const endOfTable = "\\.\n"

// Backup writes all that is in a database as it is now, while others go on
// writing. The program is the version that does it.
func Backup(ctx context.Context, db *store.DB, to io.Writer, program string, tell func(Count)) error {
	packed, err := zstd.NewWriter(to, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	defer packed.Close() //nolint:errcheck // the second one after the good end
	err = db.Dump(ctx, func(d *store.Dump) error {
		at := db.Reader().Now().UTC().Format("2006-01-02T15:04:05Z")
		return writeBackup(ctx, d, packed, heading{Format: formatNow, Schema: d.Schema, Program: program, At: at}, tell)
	})
	if err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	return nil
}

func writeBackup(ctx context.Context, d *store.Dump, to io.Writer, h heading, tell func(Count)) error {
	sum := newSum(to)
	if err := writeJSON(sum, h); err != nil {
		return err
	}
	var rows int64
	for _, t := range d.Tables {
		if err := writeJSON(sum, tableHead{t.Name, t.Names()}); err != nil {
			return err
		}
		before := sum.lines
		if err := d.Read(ctx, t, sum); err != nil {
			return err
		}
		count := Count{t.Name, sum.lines - before}
		if _, err := io.WriteString(sum, endOfTable); err != nil {
			return err
		}
		rows += count.Rows
		tell(count)
	}
	return writeJSON(to, ending{rows, hex.EncodeToString(sum.sum.Sum(nil))})
}

func writeJSON(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	return err
}
