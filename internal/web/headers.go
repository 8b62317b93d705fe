package web

import "net/http"

// securityHeaders are on every answer: pages, errors, redirects and files. The
// style and the script come from us alone, and nothing is inline.
func securityHeaders(h http.Header, https bool) {
	h["Content-Security-Policy"] = policyHeader
	h["X-Content-Type-Options"] = nosniff
	h["X-Frame-Options"] = deny
	h["Referrer-Policy"] = noReferrer
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	h["Permissions-Policy"] = permissions
	h["X-Robots-Tag"] = noIndex
	if https {
		h["Strict-Transport-Security"] = hsts
	}
}

// Made once: these are set on every answer.
var (
	policyHeader = []string{"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"}
	nosniff     = []string{"nosniff"}
	deny        = []string{"DENY"}
	noReferrer  = []string{"no-referrer"}
	sameOrigin  = []string{"same-origin"}
	permissions = []string{"camera=(), microphone=(), geolocation=(), payment=(), usb=()"}
	noIndex     = []string{"noindex"}
	hsts        = []string{"max-age=63072000; includeSubDomains"}
)
