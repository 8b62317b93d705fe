package readiness

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// A Resolver looks up names. [net.Resolver] is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// A verdict is whether mail reaches a domain.
type verdict uint8

const (
	unsure    verdict = iota // nobody could say
	reachable                // a server takes mail for it
	refuses                  // says itself that it takes none: RFC 7505
	missing                  // has neither a mail server nor an address
	deadEnd                  // names mail servers that do not exist
)

func (v verdict) unreachable() bool { return v >= refuses }

// why is what is so about the domain.
func (v verdict) why() string {
	switch v {
	case refuses:
		return "says that it takes no mail"
	case missing:
		return "does not exist, or has no mail server"
	case deadEnd:
		return "names a mail server that does not exist"
	case unsure, reachable:
	}
	return ""
}

// maxKnownServers bounds how many mail servers are kept with their verdict:
// most domains have those of a few providers.
const maxKnownServers = 4096

// A lookup asks about domains, several at once.
type lookup struct {
	resolver Resolver
	atOnce   int
	wait     time.Duration

	mu      sync.Mutex
	servers map[string]verdict
}

// all are the verdicts on domains. Those that nobody could ask about before
// ctx ended are unsure.
func (l *lookup) all(ctx context.Context, domains []string) []verdict {
	verdicts := make([]verdict, len(domains))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(l.atOnce, len(domains)) {
		workers.Go(func() {
			for i := range next {
				verdicts[i] = l.domain(ctx, domains[i])
			}
		})
	}
	for i := range domains {
		next <- i
	}
	close(next)
	workers.Wait()
	return verdicts
}

// domain asks where the mail of a domain goes: RFC 5321 section 5.
func (l *lookup) domain(ctx context.Context, name string) verdict {
	var servers []*net.MX
	err := l.ask(ctx, func(ctx context.Context) (err error) {
		servers, err = l.resolver.LookupMX(ctx, absolute(name))
		return err
	})
	switch {
	case isNotFound(err) || err == nil && len(servers) == 0:
		return l.host(ctx, name) // its own address is its mail server
	case err != nil && len(servers) == 0:
		return unsure
	}
	// Some are enough, though others make no sense.
	if len(servers) == 1 && (servers[0].Host == "." || servers[0].Host == "") {
		return refuses
	}
	worst := deadEnd
	for _, s := range servers {
		switch l.server(ctx, s.Host) {
		case reachable:
			return reachable
		case unsure:
			worst = unsure
		case refuses, missing, deadEnd:
		}
	}
	return worst
}

// server says whether a mail server exists.
func (l *lookup) server(ctx context.Context, host string) verdict {
	l.mu.Lock()
	v, known := l.servers[host]
	l.mu.Unlock()
	if known {
		return v
	}
	v = l.host(ctx, host)
	if v == unsure {
		return v // the next domain may have more luck
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.servers) >= maxKnownServers {
		clear(l.servers)
	}
	l.servers[host] = v
	return v
}

func (l *lookup) host(ctx context.Context, host string) verdict {
	var addresses []string
	err := l.ask(ctx, func(ctx context.Context) (err error) {
		addresses, err = l.resolver.LookupHost(ctx, absolute(host))
		return err
	})
	switch {
	case isNotFound(err):
		return missing
	case err != nil || len(addresses) == 0:
		return unsure
	}
	return reachable
}

// maxAsked is how often the same is asked when no answer comes: an answer can
// be lost on its way.
const maxAsked = 2

func (l *lookup) ask(ctx context.Context, question func(context.Context) error) (err error) {
	for range maxAsked {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err = func() error {
			limited, done := context.WithTimeout(ctx, l.wait)
			defer done()
			return question(limited)
		}()
		if err == nil || isNotFound(err) {
			return err
		}
	}
	return err
}

// isNotFound reports whether a name server has said that there is nothing. A
// server that does not answer says nothing.
func isNotFound(err error) bool {
	is, ok := errors.AsType[*net.DNSError](err)
	return ok && is.IsNotFound && !is.IsTimeout && !is.IsTemporary
}

// absolute keeps the system from looking for the name among its own.
func absolute(name string) string {
	if name != "" && name[len(name)-1] == '.' {
		return name
	}
	return name + "."
}
