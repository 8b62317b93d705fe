package e2e_test

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long anything in the browser may take on a busy machine.
const patience = 60 * time.Second

// A look is how a person has set up the browser.
type look struct {
	Language string // Accept-Language; empty: en
	Dark     bool
	NoScript bool
	Width    int64 // 0: 1280
}

// A tab is one page in a browser that shares nothing with other tabs but those
// that it opens itself.
type tab struct {
	testing.TB
	engine
	look look

	mu      sync.Mutex
	loads   int
	news    chan struct{}
	traffic []exchange
	faults  []string
	pages   map[string]int64 // status of each document, by address
}

// An exchange is one request that the browser sent.
type exchange struct{ URL, Referer string }

// An engine is a running browser, or a tab whose person may open more.
type engine struct {
	ctx context.Context //nolint:containedctx // this is how chromedp names a browser
}

// chromium starts a browser of its own for a test.
func chromium(tb testing.TB) engine {
	tb.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		tb.Fatal("there is no Chromium on this machine: run make deps")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(tb.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	tb.Cleanup(stop)
	ctx, quit := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	tb.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser has left its folder
		quit()
	})
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("start %s: %v", path, err)
	}
	return engine{ctx}
}

// open makes a new person's tab.
func open(tb testing.TB, chromium engine, l look) *tab {
	tb.Helper()
	ctx, shut := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	tb.Cleanup(shut)
	return prepare(tb, engine{ctx}, l)
}

// beside opens a second tab of the same person.
func (t *tab) beside() *tab {
	t.Helper()
	ctx, shut := chromedp.NewContext(t.ctx)
	t.Cleanup(shut)
	return prepare(t.TB, engine{ctx}, t.look)
}

func prepare(tb testing.TB, in engine, l look) *tab {
	tb.Helper()
	t := &tab{TB: tb, engine: in, look: l, news: make(chan struct{}, 1), pages: map[string]int64{}}
	if err := chromedp.Do(t.ctx); err != nil { // without a timeout: it would be the tab's
		tb.Fatal(err)
	}
	if err := chromedp.Listen(t.ctx, t.hear); err != nil {
		tb.Fatal(err)
	}
	call(t, page.Enable, page.EnableParams{})
	call(t, network.Enable, network.EnableParams{})
	call(t, log.Enable, cdp.Empty{})
	call(t, runtime.Enable, cdp.Empty{})
	call(t, audits.Enable, cdp.Empty{})
	if l.Language == "" {
		l.Language = "en"
	}
	version, err := chromedp.CallBrowser(t.ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		tb.Fatal(err)
	}
	call(t, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: version.UserAgent, AcceptLanguage: l.Language})
	call(t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.NoScript})
	if l.Width == 0 {
		l.Width = 1280
	}
	t.look = l
	t.sized(l.Width)
	t.coloured(l.Dark)
	return t
}

// call gives the browser an order.
func call[P, R any](t *tab, command cdp.Command[P, R], params P) R {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// perform is one action of chromedp in the tab.
func perform[T any](t *tab, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// js is the value of an expression. It works with the page's scripts off too.
func js[T any](t *tab, expression string) T {
	t.Helper()
	return perform(t, chromedp.Evaluate[T](expression))
}

func (t *tab) sized(width int64) {
	t.Helper()
	call(t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1, Mobile: false})
}

func (t *tab) coloured(dark bool) {
	t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// hear notes what the browser tells, in order. It must not block.
func (t *tab) hear(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *page.EventLoadEventFired:
		t.loads++
		select {
		case t.news <- struct{}{}:
		default:
		}
	case *network.EventRequestWillBeSent:
		referer, _ := e.Request.Headers["Referer"].(string)
		t.traffic = append(t.traffic, exchange{e.Request.URL, referer})
	case *network.EventRequestWillBeSentExtraInfo:
		for name, value := range e.Headers {
			if s, ok := value.(string); ok && strings.EqualFold(name, "Referer") {
				t.traffic = append(t.traffic, exchange{Referer: s})
			}
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			address, _, _ := strings.Cut(e.Response.URL, "#")
			t.pages[address] = e.Response.Status
		}
	case *runtime.EventExceptionThrown:
		t.faults = append(t.faults, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		t.faults = append(t.faults, "console: "+string(e.Type))
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			t.faults = append(t.faults, "content security policy: "+e.Issue.Details.ContentSecurityPolicyIssueDetails.ViolatedDirective)
		}
	case *log.EventEntryAdded:
		t.hearLog(e.Entry)
	}
}

// hearLog leaves out that a page has the status of an error: some are meant to.
func (t *tab) hearLog(e *log.Entry) {
	address, _, _ := strings.Cut(e.URL, "#")
	if e.Source == log.EntrySourceNetwork && t.pages[address] >= 400 {
		return
	}
	if e.Level == log.EntryLevelError || e.Level == log.EntryLevelWarning {
		t.faults = append(t.faults, string(e.Level)+": "+e.Text+" "+e.URL)
	}
}

// after does something and waits for the page that it leads to.
func (t *tab) after(what string, do func()) {
	t.Helper()
	before := t.loaded()
	do()
	limit := time.After(patience)
	for t.loaded() == before {
		select {
		case <-t.news:
		case <-limit:
			t.Fatalf("%s: no page came; this one is %s", what, t.address())
		}
	}
}

func (t *tab) loaded() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.loads
}

// visit types an address.
func (t *tab) visit(address string) {
	t.Helper()
	t.after("visit "+address, func() { call(t, page.Navigate, page.NavigateParams{URL: address}) })
}

// until waits for an expression to be true.
func (t *tab) until(expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("never true: %s (%v)\n%s", expression, err, t.text())
		case <-time.After(10 * time.Millisecond): // a page may be on its way
		}
	}
}

func (t *tab) address() string { t.Helper(); return js[string](t, "location.href") }
func (t *tab) path() string    { t.Helper(); return js[string](t, "location.pathname") }
func (t *tab) title() string {
	t.Helper()
	return js[string](t, "document.querySelector('h1')?.textContent.trim() ?? ''")
}

func (t *tab) text() string {
	t.Helper()
	return js[string](t, "document.body?.innerText ?? ''")
}

// mouse clicks in the middle of what the expression finds, count times.
func (t *tab) mouse(expression string, count int64) {
	t.Helper()
	at := js[[]float64](t, `(() => {
		const found = `+expression+`;
		if (!found) return null;
		found.scrollIntoView({block: "center"});
		const r = found.getClientRects()[0];
		return [r.left + r.width / 2, r.top + r.height / 2];
	})()`)
	if at == nil {
		t.Fatalf("%s is not on this page:\n%s\n%s", expression, t.address(), t.text())
	}
	for n := int64(1); n <= count; n++ {
		for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
			call(t, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: n})
		}
	}
}
