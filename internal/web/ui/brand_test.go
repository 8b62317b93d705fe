package ui_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/web/ui"
)

func TestABrandThatCannotBeReadIsRefusedWithItsCure(t *testing.T) {
	for _, tt := range []struct {
		brand ui.Brand
		want  string // empty: fine
	}{
		{ui.DemoBrand(), ""},
		{ui.Brand{Name: "A", Colour: "#0b6b4f", ColourText: "#fff", ColourDark: "#6fd6b0", ColourDarkText: "#06261b", Radius: "0", Font: `"Fira Sans", system-ui, sans-serif`, LogoFile: []byte("<svg/>"), LogoType: ".svg"}, ""},
		{ui.Brand{Name: "A", Colour: "#0b6b4f"}, ""}, // the rest follows from it
		{ui.Brand{}, "name"},
		{ui.Brand{Name: "A", Colour: "#ffcc00"}, "take a darker one, like #"},
		{ui.Brand{Name: "A", Colour: "#0b6b4f", ColourText: "#000000"}, "colour text"},
		{ui.Brand{Name: "A", ColourDark: "#2146a8"}, "take a lighter one, like #"},
		{ui.Brand{Name: "A", Colour: "red"}, "write it like #0b6b4f"},
		{ui.Brand{Name: "A", Colour: "#fff;}body{display:none"}, "is not a colour"},
		{ui.Brand{Name: "A", Radius: "2rem"}, "radius"},
		{ui.Brand{Name: "A", Radius: "rem"}, "radius"},
		{ui.Brand{Name: "A", Font: `x"; } body { display: none`}, "font"},
		{ui.Brand{Name: "A", LogoFile: []byte("GIF89a"), LogoType: ".gif"}, "logo"},
	} {
		err := tt.brand.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: got %v, want %q", tt.brand, err, tt.want)
		}
	}
}

func TestTheCureForAColourIsAccepted(t *testing.T) {
	for _, b := range []ui.Brand{{Name: "A", Colour: "#ffcc00"}, {Name: "A", ColourDark: "#2146a8"}} {
		_, cure, ok := strings.Cut(b.Validate().Error(), "one, like ")
		if !ok || len(cure) < 7 {
			t.Fatalf("no cure in %v", b.Validate())
		}
		if b.Colour != "" {
			b.Colour = cure[:7]
		} else {
			b.ColourDark = cure[:7]
		}
		if err := b.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheStyleOfABrandHasItsValuesAndNothingElse(t *testing.T) {
	for _, tt := range []struct {
		brand      ui.Brand
		with, sans string
	}{
		{ui.DemoBrand(), ":root {\n}\n", "--brand"},
		{ui.Brand{Name: "A", Colour: "#0b6b4f"}, "--brand: #0b6b4f;", "radius"},
		{ui.Brand{Name: "A", Colour: "#0b6b4f"}, "--brand-dark: #", "font"},
		{ui.Brand{Name: "A", Colour: "#fff;}body{}"}, ":root", "body"},
		{ui.Brand{Name: "A", Font: "a;}body{}", Radius: "0"}, "--brand-radius: 0;", "body"},
	} {
		css := string(tt.brand.CSS())
		if !strings.Contains(css, tt.with) || strings.Contains(css, tt.sans) {
			t.Errorf("%+v gives %s", tt.brand, css)
		}
	}
}

func TestLogoOfTheOperatorIsServed(t *testing.T) {
	assets, err := ui.NewAssets(ui.Brand{Name: "A", LogoFile: []byte("picture"), LogoType: ".png"})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	assets.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, assets.URL("logo.png"), nil))
	if w.Code != http.StatusOK || w.Body.String() != "picture" || w.Header().Get("Content-Type") != "image/png" {
		t.Errorf("got %d %q %q", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}
