package portal_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/web/ui"
)

var makeShots = flag.Bool("shots", false, "make the pictures of the help articles whose pages have changed")

const (
	articlesDir = "../../help/articles"
	shotWidth   = 640 // of the window, in CSS pixels
	shotHeight  = 560 // at the most
	shotQuality = 1   // pages are flat, and shown at half the size: nobody sees what is lost

	maxPictures = 3 << 20 // of all pictures, in bytes: they are in the program
)

func (s shot) key() string { return s.lang.String() + "/" + s.name }

func (s shot) file(ground string) string {
	return filepath.Join(articlesDir, "shots", s.lang.String(), s.name+"."+ground+".webp")
}

// pictures are the sums of the pictures that are there; empty: one is not.
func (s shot) pictures() (light, dark string) {
	onLight, err := os.ReadFile(s.file("light"))
	if err != nil {
		return "", ""
	}
	onDark, err := os.ReadFile(s.file("dark"))
	if err != nil {
		return "", ""
	}
	return help.PictureSum(onLight), help.PictureSum(onDark)
}

// shots are the pictures that the articles ask for, as their pages are now.
func shots(t *testing.T) []shot {
	t.Helper()
	walked := walk(t)
	var all []shot
	for _, lang := range keyfold.Languages() {
		for _, name := range slices.Sorted(maps.Keys(pictureDoors(t))) {
			s := shot{name: name, lang: lang}
			if s = walked[s.key()]; s.page == "" {
				t.Fatalf("no story came to the page of the picture %s in %s", name, lang)
			}
			all = append(all, s)
		}
	}
	return all
}

// made are what is noted of the pictures: the sum of the page, and those of its
// pictures on light and on dark ground.
func made(t *testing.T) map[string][3]string {
	t.Helper()
	sums := map[string][3]string{}
	f, err := os.Open(filepath.Join(articlesDir, "shots", "made.txt"))
	if os.IsNotExist(err) {
		return sums
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	for in := bufio.NewScanner(f); in.Scan(); {
		if fields := strings.Fields(in.Text()); len(fields) == 5 {
			sums[fields[0]] = [3]string{fields[1], fields[3], fields[4]}
		}
	}
	return sums
}

// TestPicturesShowThePagesOfToday fails when a page has changed since its picture
// was made, and makes the picture anew when asked to.
func TestPicturesShowThePagesOfToday(t *testing.T) {
	all, sums := shots(t), made(t)
	var old []shot
	for _, s := range all {
		if light, dark := s.pictures(); light == "" || sums[s.key()] != [3]string{s.sum, light, dark} {
			old = append(old, s)
		}
	}
	switch {
	case *makeShots:
		photograph(t, old)
		write(t, all)
	case len(old) > 0:
		names := make([]string, len(old))
		for i, s := range old {
			names[i] = s.key()
		}
		t.Errorf("the pages of these pictures have changed: run make shots, and look at them: %s", strings.Join(names, ", "))
	}
}

// TestNoPictureIsLeftOver keeps pictures from staying that no article shows, and
// their sum small.
func TestNoPictureIsLeftOver(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(articlesDir, "shots", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for name := range pictureDoors(t) {
		for _, lang := range keyfold.Languages() {
			s := shot{name: name, lang: lang}
			want = append(want, s.file("light"), s.file("dark"))
		}
	}
	var sum int64
	for _, file := range files {
		if !slices.Contains(want, file) {
			t.Errorf("%s is in no list", file)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	if sum > maxPictures {
		t.Errorf("all pictures have %d KB, want %d at most: show fewer of them", sum>>10, maxPictures>>10)
	}
}

// write notes of which pages the pictures are.
func write(t *testing.T, all []shot) {
	t.Helper()
	var out strings.Builder
	for _, s := range all {
		light, dark := s.pictures()
		fmt.Fprintf(&out, "%s %s %dx%d %s %s\n", s.key(), s.sum, 2*shotWidth, 2*shotHeight, light, dark)
	}
	if err := os.WriteFile(filepath.Join(articlesDir, "shots", "made.txt"), []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// photograph makes pictures in a browser, on light and on dark ground.
func photograph(t *testing.T, list []shot) {
	t.Helper()
	if len(list) == 0 {
		return
	}
	assets, err := ui.NewAssets(ui.DemoBrand())
	if err != nil {
		t.Fatal(err)
	}
	now := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/static/") {
			assets.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(now))
	}))
	defer server.Close()
	ctx := shotBrowser(t)
	for _, s := range list {
		now = s.page
		for _, ground := range []string{"light", "dark"} {
			picture, err := photo(ctx, server.URL+"/", ground)
			if err != nil {
				t.Fatalf("%s: %v", s.key(), err)
			}
			if err := os.MkdirAll(filepath.Dir(s.file(ground)), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(s.file(ground), picture, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func shotBrowser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("there is no Chromium on this machine: run make deps")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("hide-scrollbars", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser has left its folder
		quit()
	})
	return ctx
}

// photo is a page as it looks at the top, twice as sharp as it is large.
func photo(ctx context.Context, url, ground string) ([]byte, error) {
	feature := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: ground}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{feature}}); err != nil {
		return nil, err
	}
	window := emulation.SetDeviceMetricsOverrideParams{Width: shotWidth, Height: shotHeight, DeviceScaleFactor: 2}
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, window); err != nil {
		return nil, err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return nil, err
	}
	res, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(shotQuality))})
	if err != nil {
		return nil, err
	}
	return res.Data, nil
}
