package readiness_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// A nameServer is a real one, on UDP and TCP of the loopback, with a zone that
// says by name what it answers.
type nameServer struct {
	*testing.T

	address string
	mu      sync.Mutex
	byTCP   map[string]int
}

// startNameServer serves until the test ends.
func startNameServer(t *testing.T) *nameServer {
	t.Helper()
	s := &nameServer{T: t, byTCP: map[string]int{}}
	packets, listener := samePort(t)
	s.address = packets.LocalAddr().String()
	var served sync.WaitGroup
	t.Cleanup(func() { _ = packets.Close(); _ = listener.Close(); served.Wait() })
	served.Go(func() {
		question := make([]byte, 1500)
		for {
			n, from, err := packets.ReadFrom(question)
			if err != nil {
				return
			}
			if answer := s.answer(question[:n], false); answer != nil {
				_, _ = packets.WriteTo(answer, from)
			}
		}
	})
	served.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			served.Go(func() { s.talk(c) })
		}
	})
	return s
}

func samePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 20 {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, listener
		}
		_ = packets.Close() // somebody has that port
	}
	t.Fatal("no port is free for both")
	return nil, nil
}

func (s *nameServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		answer := s.answer(question, true)
		if answer == nil {
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// zone is what there is of each name: "MX host", "A address", "AAAA address",
// "CNAME name". A name that is there with nothing has no data.
var zone = map[string][]string{
	"good.nl.":        {"MX mx.good.nl."},
	"mx.good.nl.":     {"A 192.0.2.1"},
	"six.nl.":         {"MX mx.six.nl."},
	"mx.six.nl.":      {"AAAA 2001:db8::1"},
	"bare.nl.":        {"A 192.0.2.2"}, // RFC 5321: its own address takes its mail
	"alias.nl.":       {"CNAME good.nl."},
	"null.nl.":        {"MX ."}, // RFC 7505
	"empty.nl.":       {},
	"dead.nl.":        {"MX mx1.gone.nl.", "MX mx2.gone.nl."},
	"half.nl.":        {"MX mx1.gone.nl.", "MX mx.good.nl."},
	"halfbroken.nl.":  {"MX mx.broken.nl.", "MX mx1.gone.nl."},
	"nobody.nl.":      {"MX mx.empty.nl."},
	"mx.empty.nl.":    {},
	"underscore.nl.":  {"MX mx_1.good.nl."},
	"mx_1.good.nl.":   {"A 192.0.2.3"},
	"localhost.nl.":   {"MX mx.good.nl.", "MX ."},
	"manyservers.nl.": many("MX mx%d.gone.nl.", 60, "MX mx.good.nl."),
}

func many(form string, n int, last string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(form, i))
	}
	return append(all, last)
}

// answer is what the server says; nil: nothing.
func (s *nameServer) answer(question []byte, tcp bool) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		s.Errorf("a question that cannot be read: %v", err)
		return nil
	}
	name := strings.ToLower(m.Questions[0].Name.String())
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	if tcp {
		s.mu.Lock()
		s.byTCP[name]++
		s.mu.Unlock()
	}
	records, there := zone[name]
	switch {
	case strings.HasSuffix(name, "silent.nl."):
		return nil
	case strings.HasSuffix(name, "broken.nl.") && !there:
		m.RCode = dnsmessage.RCodeServerFailure
	case name == "refused.nl.":
		m.RCode = dnsmessage.RCodeRefused
	case name == "lame.nl.":
		m.RecursionAvailable = false // sends elsewhere, and does not say where
	case name == "garbage.nl.":
		return []byte("what?")
	case !there:
		m.RCode = dnsmessage.RCodeNameError
	default:
		s.fill(&m, name, records)
	}
	packed, err := m.Pack()
	if err == nil && !tcp && len(packed) > 512 {
		m.Answers, m.Truncated = nil, true
		packed, err = m.Pack()
	}
	if err != nil {
		s.Error(err)
	}
	return packed
}

// fill answers with the records of a name that are of the kind asked for, and with
// those of the name that it stands for.
func (s *nameServer) fill(m *dnsmessage.Message, name string, records []string) {
	for _, record := range records {
		kind, value, _ := strings.Cut(record, " ")
		head := dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET, TTL: 60}
		var body dnsmessage.ResourceBody
		switch asked := m.Questions[0].Type; {
		case kind == "CNAME":
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(value)}})
			s.fill(m, value, zone[value])
			continue
		case kind == "MX" && asked == dnsmessage.TypeMX:
			body = &dnsmessage.MXResource{Pref: uint16(10 + len(m.Answers)), MX: dnsmessage.MustNewName(value)}
		case kind == "A" && asked == dnsmessage.TypeA:
			body = &dnsmessage.AResource{A: [4]byte(net.ParseIP(value).To4())}
		case kind == "AAAA" && asked == dnsmessage.TypeAAAA:
			body = &dnsmessage.AAAAResource{AAAA: [16]byte(net.ParseIP(value))}
		default:
			continue
		}
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: body})
	}
}

// silence is a port at which nobody listens.
func silence(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}()
	return c.LocalAddr().String()
}
