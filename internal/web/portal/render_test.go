package portal_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/pagetest"
	"github.com/keyfold/keyfold/internal/web/portal"
)

// each renders every page in every state and language.
func each(t *testing.T, check func(t *testing.T, page string, doc *html.Node)) {
	t.Helper()
	for _, lang := range keyfold.Languages() {
		for name, page := range samples(basePage(t, lang)) {
			t.Run(lang.String()+"/"+name, func(t *testing.T) {
				var out bytes.Buffer
				if err := page.Render(t.Context(), &out); err != nil {
					t.Fatal(err)
				}
				doc, err := html.Parse(bytes.NewReader(out.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				check(t, out.String(), doc)
			})
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func TestEveryPageIsWellFormed(t *testing.T) {
	each(t, func(t *testing.T, page string, _ *html.Node) { t.Helper(); pagetest.WellFormed(t, page) })
}

func TestEveryPageHasOneHeadingAndATitle(t *testing.T) {
	each(t, func(t *testing.T, page string, doc *html.Node) { t.Helper(); pagetest.Headed(t, page, doc) })
}

func TestEveryTextExistsAndIsFilledIn(t *testing.T) {
	each(t, func(t *testing.T, _ string, doc *html.Node) { t.Helper(); pagetest.Said(t, doc) })
}

func TestNoPageHasStyleOrScriptInline(t *testing.T) {
	each(t, func(t *testing.T, _ string, doc *html.Node) { t.Helper(); pagetest.NothingInline(t, doc) })
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	each(t, func(t *testing.T, _ string, doc *html.Node) { t.Helper(); pagetest.Referred(t, doc) })
}

func TestEveryFieldHasALabelAndEveryWrongOneSaysSo(t *testing.T) {
	each(t, func(t *testing.T, page string, doc *html.Node) { t.Helper(); pagetest.Labelled(t, page, doc) })
}

func TestPagesSpeakTheWordsOfTheContract(t *testing.T) {
	all := samples(basePage(t, keyfold.English))
	for page, words := range map[string][]string{
		"request":        {"Customer ID or email address", "Request password reset"},
		"reset":          {"New password", "Repeat new password", "Update"},
		"login":          {"Username", "Password", "Log in"},
		"register":       {"User email address", "Submit"},
		"check":          {"Send again", "Change address"},
		"confirm-masked": {"New password", "Repeat new password", "Name", "Set Credentials", "Password you chose for the customer ID", masked},
		"link":           {"Link this account to your login", "Password of your login", "Link account"},
		"link-reset-resend": {
			"Send a new link",
		},
	} {
		var out bytes.Buffer
		if err := all[page].Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if !strings.Contains(out.String(), ">"+word+"<") {
				t.Errorf("%s does not say %q", page, word)
			}
		}
	}
}

func TestStrangersReadNoCustomer(t *testing.T) {
	for page, component := range samples(basePage(t, keyfold.English)) {
		if !strings.Contains(page, "masked") {
			continue
		}
		var out bytes.Buffer
		if err := component.Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{id, name} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s names %s", page, secret)
			}
		}
	}
}

func TestLanguageLinksKeepTheAddress(t *testing.T) {
	p := basePage(t, keyfold.English)
	for path, want := range map[string]string{
		"/register/abc?for=NL1":  `href="/register/abc?for=NL1&amp;lang=nl"`,
		"/login?lang=de":         `href="/login?lang=nl"`,
		"//evil.example/x":       `href="?lang=nl"`,
		"https://evil.example/x": `href="?lang=nl"`,
	} {
		p.Path = path
		var out bytes.Buffer
		if err := portal.LoginPage(portal.LoginView{Page: p}).Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: no %s", path, want)
		}
	}
}

func TestAssetsNeverChange(t *testing.T) {
	p := basePage(t, keyfold.English)
	for name, kind := range map[string]string{"ui.css": "text/css; charset=utf-8", "ui.js": "text/javascript; charset=utf-8", "brand.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"} {
		w := httptest.NewRecorder()
		p.Assets.ServeHTTP(w, httptest.NewRequest(http.MethodGet, p.Assets.URL(name), nil))
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != kind || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("ETag") != "" || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", name, w.Code, h)
		}
	}
	w := httptest.NewRecorder()
	p.Assets.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/static/ui.css", nil))
	if w.Code != 404 {
		t.Errorf("a name without hash: %d", w.Code)
	}
}

func TestMarksInANameAreCharacters(t *testing.T) {
	p := basePage(t, keyfold.English)
	view := portal.LinkedView{Page: p, CustomerID: id, AccountName: "A [b] **c** `d` <i>", Email: sanne}
	var out bytes.Buffer
	if err := portal.LinkedPage(view).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if want := "<b>A [b] **c** `d` &lt;i&gt;</b> is now"; !strings.Contains(out.String(), want) {
		t.Errorf("no %s in %s", want, out.String())
	}
}

func TestStagesSayWhereTheMoveIs(t *testing.T) {
	all := samples(basePage(t, keyfold.English))
	for page, states := range map[string][]string{
		"request":        {"In progress · step 1 of 10", "Not yet started · steps 4 and 5", "Cannot start yet · steps 6 and 7", "Cannot start yet · steps 8 to 10"},
		"register":       {"Completed", "In progress · step 5 of 10", "Not yet started · steps 6 and 7", "Cannot start yet · steps 8 to 10"},
		"confirm-masked": {"Completed", "Completed", "Completed", "In progress · step 8 of 10"},
		"complete":       {"Completed", "Completed", "Completed", "Completed"},
	} {
		var out bytes.Buffer
		if err := all[page].Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		rest := out.String()
		for _, state := range states {
			_, after, ok := strings.Cut(rest, `<span class="state">`+state+"</span>")
			if !ok {
				t.Errorf("%s: no %q in its place", page, state)
			}
			rest = after
		}
	}
}
