package e2e_test

import (
	"os"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is the script with the rules of accessibility.
func axe(v *visitor) string {
	v.Helper()
	script, err := os.ReadFile("../build/axe-core/axe.min.js")
	if err != nil {
		v.Fatalf("axe-core is not here: run make deps (%v)", err)
	}
	return string(script)
}

// accessible checks each page in light and in dark against WCAG 2.2 AA.
func accessible(v *visitor) func(string) {
	v.Helper()
	script := axe(v)
	return func(name string) {
		v.Helper()
		call(v.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
		js[bool](v.tab, script+";true")
		for _, dark := range []bool{!v.look.Dark, v.look.Dark} {
			v.coloured(dark)
			if found := perform(v.tab, chromedp.Evaluate[string](askAxe, chromedp.EvalAwaitPromise)); found != "" {
				v.Errorf("%s (%s, dark %t) is not accessible:\n%s", name, v.address(), dark, found)
			}
		}
		call(v.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.look.NoScript})
	}
}

const askAxe = `axe.run(document, {
	resultTypes: ["violations"],
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then(r => r.violations.map(v => v.id + ": " + v.help + "\n" + v.nodes.map(n => "  " + n.html + "\n  " + n.failureSummary).join("\n")).join("\n"))`

// clean checks what the browser noted on the way: no complaint of its own, no
// request to anyone else, and no link's secret in a Referer.
func (v *visitor) clean() {
	v.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, fault := range v.faults {
		v.Errorf("the browser complains: %s", fault)
	}
	own := 0
	for _, r := range v.traffic {
		switch {
		case strings.HasPrefix(r.URL, v.srv.URL+"/"):
			own++
		case r.URL != "" && !strings.HasPrefix(r.URL, v.webmail.URL) && !strings.HasPrefix(r.URL, "data:"):
			v.Errorf("a request to somebody else: %s", r.URL)
		}
		for _, secret := range v.secrets {
			if strings.Contains(r.Referer, secret) && !strings.HasPrefix(r.Referer, v.webmail.URL) {
				v.Errorf("the Referer %s of a request for %s has the secret of a link in it", r.Referer, r.URL)
			}
		}
	}
	if own == 0 {
		v.Error("not one request was noted")
	}
}

// fits checks each page on the smallest phone: nothing sticks out, everything
// can be hit with a finger, and nothing is lost when letters and lines stand
// further apart (WCAG 1.4.10, 2.5.8, 1.4.12).
func fits(v *visitor) func(string) {
	return func(name string) {
		v.Helper()
		v.sized(320)
		for _, bad := range js[[]string](v.tab, `(`+measure+`)()`) {
			v.Errorf("%s (%s) at 320 px: %s", name, v.texts.Language(), bad)
		}
		v.sized(v.look.Width)
	}
}

const measure = `() => {
	const all = [...document.body.querySelectorAll("*")].filter(e => e.checkVisibility() && !e.closest(".vh, .skip, svg"));
	const inTable = e => e.parentElement.closest(".wide-table[tabindex]"); // of numbers: WCAG 1.4.10 lets it be scrolled
	const called = e => e.tagName.toLowerCase() + (e.className ? "." + e.className : "") + " " + e.textContent.trim().slice(0, 40);
	const bad = [];
	const wide = when => {
		if (document.documentElement.scrollWidth > 320) bad.push(when + "the page is " + document.documentElement.scrollWidth + " px wide");
		for (const e of all) if (e.getBoundingClientRect().right > 320.5 && !inTable(e)) bad.push(when + "sticks out: " + called(e));
	};
	const cut = () => all.filter(e => getComputedStyle(e).overflow !== "visible" && !e.matches(".wide-table") && e.tagName !== "INPUT" &&
		(e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1));
	wide("");
	for (const e of all.filter(e => e.matches("a, button, input, summary, select") && !(e.tagName === "A" && inline(e)))) {
		const r = e.getBoundingClientRect();
		if (r.width < 24 || r.height < 24) bad.push("too small to hit, " + r.width + " by " + r.height + ": " + called(e));
	}
	function inline(e) {
		return getComputedStyle(e).display === "inline" && e.parentElement.textContent.trim() !== e.textContent.trim();
	}
	for (const e of all.filter(e => e.hidden)) bad.push("is hidden, and there to be seen: " + called(e));
	const before = cut();
	const sheet = new CSSStyleSheet();
	sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }");
	document.adoptedStyleSheets = [sheet];
	wide("with wide text, ");
	for (const e of cut()) if (!before.includes(e)) bad.push("with wide text, cut: " + called(e));
	document.adoptedStyleSheets = [];
	return bad;
}`
