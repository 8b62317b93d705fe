package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// An entrance is a server with the socket that it answers at.
type entrance struct {
	server *http.Server
	socket net.Listener
	// For people, who are not hung up on when the server stops. Machines that
	// watch us come again.
	door *door
	hall *hall
}

// entrances are all that a process listens at.
type entrances []entrance

// open listens at one more address. Whoever comes in there is heard before the
// server stops, if they are people.
func (a *app) open(ctx context.Context, key, listen string, h http.Handler, people bool) (entrance, error) {
	socket, err := listenOn(ctx, listen)
	if err != nil {
		return entrance{}, fmt.Errorf("%s: %w; is another server running there?", key, err)
	}
	e := entrance{server: newServer(h, a.log), socket: socket}
	if people {
		e.hall, e.door = &hall{}, &door{Listener: socket, now: a.db.Reader().Now, closed: make(chan struct{})}
		e.hall.watch(e.server)
		e.socket = e.door
	}
	return e, nil
}

// serve answers at all entrances. What it returns gives the first error of one.
func (es entrances) serve() <-chan error {
	failed := make(chan error, len(es))
	for _, e := range es {
		go func() { failed <- e.server.Serve(e.socket) }()
	}
	return failed
}

// close ends the listening of entrances at which nobody answers yet.
func (es entrances) close() error {
	var errs []error
	for _, e := range es {
		errs = append(errs, e.socket.Close())
	}
	return errors.Join(errs...)
}

// letIn closes the doors behind those who stand before them, and waits until they
// have been heard.
func (es entrances) letIn(hungUpOn func(error)) {
	var all sync.WaitGroup
	for _, e := range es {
		if e.door == nil {
			continue
		}
		all.Go(func() {
			if err := e.door.closeAfterTheLast(); err != nil {
				hungUpOn(err)
			}
			e.hall.wait()
		})
	}
	all.Wait()
}

func (es entrances) servers() []*http.Server {
	all := make([]*http.Server, 0, len(es))
	for _, e := range es {
		all = append(all, e.server)
	}
	return all
}
