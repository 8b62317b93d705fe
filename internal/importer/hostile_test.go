package importer_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestHostileFile has in one file what hostile and careless people put into
// files. Each bad row is named by its line, and the rest is in.
func TestHostileFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		text := "\ufeff" + head +
			"NL100001,=cmd|' /C calc'!A0,a@x.example,@SUM(A1)\r\n" + // 2: a formula is a name
			"NL100002,Two,b@x.example,B\n" + // mixed line ends
			"nl-100.002,Two,b@x.example,B\r\n" + // 4: the same in another spelling
			"NL100003,Th\x00ree,c@x.example,C\n" + // 5
			"NL100004,\"" + strings.Repeat("x", 10<<20) + "\",d@x.example,D\r\n" + // 6
			"NL100005,Five,e@x.example,E,admin\n" + // 7: a field too many
			"\r\n" +
			"NL100006,Six,f@x.example\u202e,F\n" + // 9
			"ＮＬ100007,Seven,g@x.example,G\n" + // 10: not our letters
			"NL100008,\"Eight\r\nHouse\",h@x.example,H\r\n" + // 11 and 12
			"NL100009,Nine,i@x.example,I" // 13: no line end
		got, file := truncated(t, text)
		for name, in := range map[string]io.Reader{"whole": strings.NewReader(text), "cut off": file} {
			r, told, err := bringFrom(t.Context(), t, db, in)
			var lines []string
			for _, p := range told {
				lines = append(lines, strings.Join(strings.SplitN(p, ":", 4)[:2], ":"))
			}
			want := []string{
				"line 4: nl-100.002", "line 5: NL100003", "line 6: the row has more than 64 KiB, which no customer needs. Is a quote mark missing?",
				"line 7: NL100005", "line 9: NL100006", "line 10: ＮＬ100007", "line 11: NL100008",
			}
			if name == "cut off" {
				if _, stopped := errors.AsType[*source.Stop](err); !stopped || !strings.Contains(err.Error(), "breaks off here") {
					t.Errorf("%s: %v", name, err)
				}
				if r.Rows-r.Bad > got {
					t.Errorf("%s: %d rows are in, of %d that were there", name, r.Rows-r.Bad, got)
				}
				continue
			}
			if diff := cmp.Diff(want, lines); err != nil || diff != "" {
				t.Errorf("%s: %v, %s", name, err, diff)
			}
			if n := total(t, db); n != 3 {
				t.Errorf("%s: %d accounts", name, n)
			}
		}
		_, _, err := bring(t, db, "role=admin,customer_id,name,contact_email,contact_name\nx,NL100010,Ten,j@x.example,J\n")
		if _, stopped := errors.AsType[*source.Stop](err); !stopped {
			t.Errorf("a column that gives rights: %v", err)
		}
	})
}

// truncated is a file compressed and cut off, and how many rows are good in the
// whole of it.
func truncated(t *testing.T, text string) (good int, file io.Reader) {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return 3, bytes.NewReader(out.Bytes()[:out.Len()-20])
}
