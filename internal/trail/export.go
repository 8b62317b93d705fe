package trail

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/keyfold/keyfold/internal/store"
)

// A line of an export is an event, or the seal after the last event of its stretch.
type line struct {
	Seq     int64           `json:"seq"`
	Time    time.Time       `json:"time"`
	Kind    string          `json:"kind"`
	Actor   string          `json:"actor"`
	Account string          `json:"account,omitempty"`
	User    string          `json:"user,omitempty"`
	Origin  string          `json:"origin,omitempty"`
	Note    string          `json:"note,omitempty"`
	Became  json.RawMessage `json:"became,omitempty"`
}

type sealLine struct {
	Seal int64     `json:"seal"`
	Hash string    `json:"hash"`
	Last int64     `json:"last_seq"`
	Time time.Time `json:"time"`
}

// Export writes all sealed events after a place, one JSON object a line, with each
// seal behind its events, and says where the trail ends. What is not sealed yet is
// for the next export: its order is not certain.
func Export(ctx context.Context, db *store.DB, after int64, to io.Writer) (head Head, events int64, err error) {
	out := json.NewEncoder(plain{to})
	out.SetEscapeHTML(false)
	err = db.Snapshot(ctx, func(r store.Reader) error {
		var last store.Seal
		for {
			seals, err := r.SealsAfter(ctx, last.Number, sealsAtOnce)
			if err != nil || len(seals) == 0 {
				return err
			}
			for _, seal := range seals {
				head = Head{Number: seal.Number, Hash: seal.Hash}
				if seal.Last > after {
					n, err := stretch(ctx, r, max(after, last.Last), seal, out)
					events += n
					if err != nil {
						return err
					}
				}
				last = seal
			}
		}
	})
	return head, events, err
}

// plain writes JSON in which no character moves a cursor or turns a line around:
// the encoder escapes only those of ASCII.
type plain struct{ to io.Writer }

// Write writes whole lines.
func (p plain) Write(b []byte) (int, error) {
	var out strings.Builder
	for _, r := range string(b) {
		if r != '\n' && unicode.Is(unicode.C, r) {
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04x`, u)
			}
			continue
		}
		out.WriteRune(r)
	}
	if _, err := io.WriteString(p.to, out.String()); err != nil {
		return 0, err
	}
	return len(b), nil
}

func stretch(ctx context.Context, r store.Reader, after int64, seal store.Seal, out *json.Encoder) (n int64, err error) {
	for {
		rows, err := r.Trail(ctx, after, seal.Last, batch)
		if err != nil {
			return n, err
		}
		for _, row := range rows {
			if err := out.Encode(lineOf(row)); err != nil {
				return n, err
			}
			n, after = n+1, row.Seq
		}
		if len(rows) < batch {
			return n, out.Encode(sealLine{seal.Number, seal.Hash, seal.Last, seal.At})
		}
	}
}

func lineOf(r store.TrailRow) line {
	l := line{r.Seq, time.UnixMilli(r.At).UTC(), r.Kind, r.Actor, r.Account, r.User, r.Origin, r.Note, nil}
	switch {
	case json.Valid([]byte(r.Became)):
		l.Became = json.RawMessage(r.Became)
	case r.Became != "": // nobody of ours wrote that; whoever reads the export is to see it
		l.Became, _ = json.Marshal(r.Became) //nolint:errchkjson // a text
	}
	return l
}
