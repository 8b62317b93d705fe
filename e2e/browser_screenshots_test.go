package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/pgtest"
)

// With -screenshots, each page is kept as a picture for people to look at:
// three widths, light and dark; in Dutch and German two, light. Without it there is nothing to do.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Log("no pictures: they are taken with -screenshots FOLDER")
		return
	}
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	chromium := chromium(t)
	h, database := newTour(t, 3)
	for i, language := range []string{"en", "nl", "de"} {
		t.Run(language, func(t *testing.T) {
			v := &tour{h.visitor(t, chromium, look{Language: language}), database, i * tourists}
			v.seen = v.photograph
			v.all()
			v.inTrouble(pgtest.Own(t, pgtest.Options{}))
		})
	}
	t.Run("mails", func(t *testing.T) {
		v := h.visitor(t, chromium, look{Language: "en"})
		v.photographMails()
	})
	t.Run("demo", func(t *testing.T) {
		v := h.visitor(t, chromium, look{Language: "en"})
		v.seen = v.photograph
		v.demo()
	})
}

// photograph keeps a page as it looks to different people.
func (v *visitor) photograph(name string) {
	v.Helper()
	for _, width := range []int64{320, 768, 1280} {
		v.sized(width)
		for _, dark := range []bool{false, true} {
			if v.texts.Language() != keyfold.English && (dark || width == 768) {
				continue // other languages are about the length of words
			}
			v.coloured(dark)
			colour := "light"
			if dark {
				colour = "dark"
			}
			file := fmt.Sprintf("%s-%s-%d-%s.png", name, v.texts.Language(), width, colour)
			v.picture(filepath.Join(*screenshots, file), width)
		}
	}
	v.sized(v.look.Width)
	v.coloured(v.look.Dark)
}

// picture keeps the page from top to bottom.
func (v *visitor) picture(file string, width int64) {
	v.Helper()
	// A window as high as the page: what is beyond the window is not drawn for
	// frames.
	height := js[int64](v.tab, "Math.max(800, document.documentElement.scrollHeight)")
	call(v.tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	shot := call(v.tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	v.sized(width)
	if err := os.WriteFile(file, shot.Data, 0o644); err != nil {
		v.Fatal(err)
	}
}

// photographMails keeps one mail of each kind that the house has sent.
func (v *visitor) photographMails() {
	v.Helper()
	kinds := map[string]bool{}
	for _, m := range v.sink.Mails() {
		if kinds[m.Subject] || m.HTML == "" {
			continue
		}
		kinds[m.Subject] = true
		v.visit("about:blank")
		frame := call(v.tab, page.GetFrameTree, struct{}{}).FrameTree.Frame.ID
		call(v.tab, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: frame, HTML: m.HTML})
		v.photograph("mail-" + strings.Map(plain, m.Subject))
	}
	if len(kinds) == 0 {
		v.Fatal("no mail was sent")
	}
}

// plain keeps what is good in the name of a file.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// demo looks around in the demo.
func (v *visitor) demo() {
	v.Helper()
	port := freePort(v.TB)
	v.srv = start(v.TB, nil, "demo", "--listen", "127.0.0.1:"+port)
	v.srv.URL = "http://localhost:" + port
	v.srv.waitReady(v.TB, v.srv.URL)
	v.goTo("/demo/mail")
	v.arrive("13-demo-mailbox-empty", "/demo/mail", "demo.mail.title")
	v.goTo("/demo")
	v.arrive("13-demo", "/demo", "demo.start.title")
	v.press("demo.start.begin")
	v.fill("request.identifier", "NL123421341")
	v.press("request.button")
	v.seen("13-demo-requested")
	v.goTo("/demo/mail")
	for !js[bool](v.tab, `document.querySelector(".mails") !== null`) {
		v.goTo("/demo/mail")
	}
	v.arrive("13-demo-mailbox", "/demo/mail", "demo.mail.title")
	v.after("mail", func() { v.mouse(`document.querySelector(".mails a")`, 1) })
	v.seen("13-demo-mail")
}

// The demo is what people see of us first.
func TestTheDemoIsAccessibleAndFitsAPhone(t *testing.T) {
	house := house{catalog: texts(t)}
	v := house.visitor(t, chromium(t), look{Language: "en"})
	check, measured := accessible(v), fits(v)
	v.seen = func(page string) { check(page); measured(page) }
	v.demo()
}
