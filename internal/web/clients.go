package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Clients finds out who a request is from.
type Clients struct {
	// Trusted are the proxies whose word counts. Anybody can write a header;
	// only these are asked whom they speak for.
	Trusted []netip.Prefix
}

// Of is the address of the client: the nearest one in the chain of
// X-Forwarded-For that is not a trusted proxy. A header that cannot be read
// ends the search at the last address that we know to be true.
func (c Clients) Of(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap().WithZone("")
	if !c.trusts(at) {
		return at
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(chain) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return at
		}
		at = addr.Unmap().WithZone("")
		if !c.trusts(at) {
			return at
		}
	}
	return at
}

func (c Clients) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(c.Trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}
