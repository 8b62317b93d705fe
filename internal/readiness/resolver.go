package readiness

import (
	"context"
	"net"
)

// NameServer asks one name server, at host:port; empty: those of this machine.
func NameServer(address string) Resolver {
	r := &net.Resolver{PreferGo: true}
	if address != "" {
		r.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		}
	}
	return r
}
