package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/web"
)

func TestCookiesAreForThisHostAlone(t *testing.T) {
	for _, https := range []bool{true, false} {
		c := web.Cookies{HTTPS: https}
		w := httptest.NewRecorder()
		c.Set(w, "keyfold", "value", time.Now().Add(time.Hour))
		c.Drop(w, "keyfold")
		for _, got := range w.Result().Cookies() {
			want := "keyfold"
			if https {
				want = "__Host-keyfold"
			}
			if got.Name != want || got.Secure != https || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || got.Domain != "" {
				t.Errorf("https %v: %s", https, got)
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "keyfold", Value: "planted"})
		if got := c.Get(r, "keyfold"); https && got != "" {
			t.Errorf("a cookie without the prefix is taken: %q", got)
		}
	}
}
