package care_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/web/care"
)

// funnelReport is a move under way, of so many days.
func funnelReport(days int) funnel.Report {
	r := funnel.Report{
		Entities: []string{"DE", "NL"}, Before: funnel.Counts{funnel.Legacy: 1_000_000}, Entered: funnel.Counts{funnel.Asked: 120},
		Reached: funnel.Counts{funnel.Asked: 1200, funnel.PasswordSet: 1100, funnel.EmailPending: 1010, funnel.Registered: 980, funnel.Linked: 31},
		At:      store.Following{AsOf: noon},
	}
	for i := range days {
		n := int64(i + 1)
		stood := funnel.Counts{
			funnel.Asked: 300 + 11*n%70, funnel.PasswordSet: 200 + 7*n%90, funnel.EmailPending: 90 + 5*n%40, funnel.Registered: 900 * n, funnel.Linked: 140 * n,
			funnel.Closed: 1200 + n, funnel.NeedsCare: 312, funnel.Frozen: 4,
		}
		stood[funnel.Legacy] = 1_001_200 - stood.Of(funnel.Stages()...)
		r.Days = append(r.Days, funnel.DayCount{Day: noon.AddDate(0, 0, i-days+1).Format(time.DateOnly), Stood: stood})
	}
	r.From, r.To = r.Days[0].Day, r.Days[days-1].Day
	return r
}

func funnelSamples(s stage) map[string]templ.Component {
	all := map[string]templ.Component{}
	for name, r := range map[string]funnel.Report{
		"funnel": funnelReport(30), "funnel-week": funnelReport(7), "funnel-year": funnelReport(400), "funnel-day": funnelReport(1),
		"funnel-behind":  func() funnel.Report { r := funnelReport(30); r.At.Behind = 12_345; return r }(),
		"funnel-nobody":  {Entities: []string{"NL"}, From: "2026-03-12", To: "2026-03-12", Days: []funnel.DayCount{{Day: "2026-03-12", Stood: funnel.Counts{funnel.Legacy: 7}}}, At: store.Following{AsOf: noon}},
		"funnel-nothing": {From: "2026-03-12", To: "2026-03-12", Days: []funnel.DayCount{{Day: "2026-03-12"}}, At: store.Following{AsOf: noon}},
	} {
		all[name] = care.FunnelPage(care.FunnelView{
			Page: s.page(keyfold.Supervisor), Report: r, Query: funnel.Query{From: r.From, To: r.To}, Today: "2026-03-12", Chart: care.ChartOf(r.Days),
		})
	}
	all["funnel-refused"] = care.FunnelPage(care.FunnelView{
		Page: s.page(keyfold.Auditor), Form: refused("funnel.no_day", "from", "funnel.ends_before", "until"), Query: funnel.Query{From: "<x>", Entity: "=1+1"}, Today: "2026-03-12",
	})
	return all
}

func TestSupervisorsSeeHowManyStandWhere(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		cookie := w.session(w.hire(keyfold.Supervisor))
		sees(t, w.call(http.MethodGet, "/care/funnel", cookie, nil), http.StatusOK, "Nothing is counted yet")
		for i := range 12 {
			storetest.Import(t, w.db, fmt.Sprintf("NL1234%02d", i), "main@acme.example")
		}
		storetest.Import(t, w.db, "DE123456", "")
		storetest.Seal(t, w.db)
		if n, err := w.desk.Funnel.Count(t.Context(), 1000); n == 0 || err != nil {
			t.Fatal(n, err)
		}
		sees(t, w.call(http.MethodGet, "/care/funnel", cookie, nil), http.StatusOK, "Open accounts: 13. With a login by email: 0, or 0%.")
		sees(t, w.call(http.MethodGet, "/care/funnel?entity=DE", cookie, nil), http.StatusOK, "Open accounts: 1.")
		storetest.Import(t, w.db, "DE123457", "")
		sees(t, w.call(http.MethodGet, "/care/funnel", cookie, nil), http.StatusOK, "still being counted")
		for query, says := range map[string]string{
			"from=yesterday":                        "Type a day like 2026-03-01.",
			"from=2026-02-30":                       "Type a day like 2026-03-01.",
			"from=2026-03-02&until=2026-03-01":      "The last day is before the first one.",
			"from=1000-01-01":                       "Choose at most 1100 days.",
			"from=0001-01-01&until=9999-12-31":      "Choose at most 1100 days.",
			"entity=%3Cscript%3E":                   "No accounts of the entity &lt;script&gt; are counted.",
			"entity=NL&from=2026-03-01&until=00000": "Type a day like 2026-03-01.",
		} {
			sees(t, w.call(http.MethodGet, "/care/funnel?"+query, cookie, nil), http.StatusUnprocessableEntity, says)
			if res := w.call(http.MethodGet, "/care/funnel.csv?"+query, cookie, nil); res.Code != http.StatusSeeOther {
				t.Errorf("a file of %s: %d", query, res.Code)
			}
		}
	})
}

func TestTheFileHasEachDayAndEntityAndRunsNothing(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		cookie := w.session(w.hire(keyfold.Auditor))
		storetest.Import(t, w.db, "NL123456", "main@acme.example")
		storetest.Seal(t, w.db)
		if _, err := w.desk.Funnel.Count(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, w.db, `update funnel_days set entity = '=1+1'`)
		res := w.call(http.MethodGet, "/care/funnel.csv?from=2026-03-01&until=2026-03-02", cookie, nil)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(res.Body.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 3 || len(rows[0]) != 2+2*len(funnel.All()) {
			t.Fatalf("%v\n%s", err, res.Body)
		}
		if rows[1][1] != "'=1+1" || rows[1][0] != "2026-03-01" || rows[1][2] != "1" || rows[2][2] != "1" || rows[0][2] != "Nobody has come yet" {
			t.Errorf("%q", rows)
		}
	})
}
