package main

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"
)

// ours is a door on a socket as serve opens it.
func ours(t *testing.T) *door {
	t.Helper()
	socket, err := listenOn(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{Listener: socket, now: time.Now, closed: make(chan struct{})}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestWhoStoodBeforeTheDoorIsLetInBeforeItCloses(t *testing.T) {
	t.Parallel()
	d := ours(t)
	const crowd = 20
	for range crowd {
		c, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // the end of the test
		if _, err := io.WriteString(c, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	let := make(chan int)
	go func() {
		n := 0
		for {
			c, err := d.Accept()
			if err != nil {
				let <- n
				return
			}
			n++
			_ = c.Close()
		}
	}()
	if err := d.closeAfterTheLast(); err != nil {
		t.Error(err)
	}
	if n := <-let; n != crowd {
		t.Errorf("%d of %d were let in", n, crowd)
	}
	if c, err := net.Dial("tcp", d.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("the door is open")
	}
}

func TestNobodyComesNearADoorThatIsAboutToClose(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return // only there the system can do it
	}
	d := ours(t)
	before, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close() //nolint:errcheck // the end of the test
	if err := keepAway(d.Listener); err != nil {
		t.Fatal(err)
	}
	late := net.Dialer{Timeout: 200 * time.Millisecond}
	if c, err := late.DialContext(t.Context(), "tcp", d.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("somebody came after the door was shut off")
	}
	if c, err := d.Accept(); err != nil {
		t.Errorf("who stood before it cannot come in: %v", err)
	} else {
		_ = c.Close()
	}
}
