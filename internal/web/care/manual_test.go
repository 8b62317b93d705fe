package care_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/care"
)

func manualSamples(s stage) map[string]templ.Component {
	p := s.page(keyfold.Auditor)
	all := map[string]templ.Component{
		"manual":         care.ManualListPage(care.ManualView{Page: p, Pages: manual().Pages()}),
		"manual-found":   care.ManualListPage(care.ManualView{Page: p, Words: "<restore>", Hits: manual().Search("restore a backup")}),
		"manual-nothing": care.ManualListPage(care.ManualView{Page: p, Words: "xyzzyplugh"}),
	}
	for _, a := range manual().Pages() {
		all["manual-"+a.Slug] = care.ManualPage(care.ManualPageView{Page: p, Article: a, Related: manual().Related(a)})
	}
	return all
}

func TestStaffReadTheManual(t *testing.T) {
	w := newWorld(t, "sqlite")
	cookie := w.session(w.hire(keyfold.Administrator))
	for path, says := range map[string]string{
		"/care/manual":                        `href="/care/manual/backup"`,
		"/care/manual?words=restore+a+backup": "Backup and restore",
		"/care/manual/backup":                 "keyfold restore --verify",
		"/care/manual/reference-config":       "KEYFOLD_DATABASE_URL",
		"/care/manual?words=xyzzyplugh":       "No page of the manual has these words.",
	} {
		if res := w.call(http.MethodGet, path, cookie, nil); res.Code != http.StatusOK || !strings.Contains(res.Body.String(), says) {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
	if res := w.call(http.MethodGet, "/care/manual/nothing", cookie, nil); res.Code != http.StatusNotFound {
		t.Errorf("a page that is not there: %d", res.Code)
	}
}
