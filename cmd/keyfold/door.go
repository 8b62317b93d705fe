package main

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// listenOn opens a socket. It is plain TCP: one of Multipath TCP, which Go would
// open, cannot be shut off while it is open.
func listenOn(ctx context.Context, address string) (net.Listener, error) {
	var listen net.ListenConfig
	listen.SetMultipathTCP(false)
	return listen.Listen(ctx, "tcp", address)
}

// A door lets those in who stand before it when it is about to close. The
// kernel has said yes to them already: to hang up on them would lose requests
// that no proxy may send again.
type door struct {
	net.Listener

	now    func() time.Time
	once   sync.Once
	closed chan struct{}
}

const (
	nobodyFor = 50 * time.Millisecond // then nobody stands before the door
	crowdFor  = time.Second           // though somebody always does, it closes
)

// deadline ends a wait for the next connection.
func (d *door) deadline(in time.Duration) error {
	socket, ok := d.Listener.(interface{ SetDeadline(at time.Time) error })
	if !ok {
		return errors.ErrUnsupported
	}
	return socket.SetDeadline(d.now().Add(in))
}

// Accept lets the next one in. A deadline says that the door is closing.
func (d *door) Accept() (net.Conn, error) {
	for waited := false; ; waited = true {
		conn, err := d.Listener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return conn, err
		}
		if waited || d.deadline(nobodyFor) != nil {
			return nil, errors.Join(net.ErrClosed, d.Close())
		}
	}
}

// Close closes the door at once. A closed one is closed: the server shuts it
// once more, and an error would have it hang up on who is inside.
func (d *door) Close() (err error) {
	d.once.Do(func() {
		err = d.Listener.Close()
		close(d.closed)
	})
	return err
}

// closeAfterTheLast closes the door when nobody stands before it any more. Who
// comes only now is not let near it, where the system can do that: between the
// last look and the closing there would always be somebody.
func (d *door) closeAfterTheLast() error {
	err := keepAway(d.Listener)
	if d.deadline(0) != nil {
		return err // who shuts the server down closes it
	}
	crowd := time.NewTimer(crowdFor)
	defer crowd.Stop()
	select {
	case <-d.closed:
	case <-crowd.C:
	}
	return err
}
