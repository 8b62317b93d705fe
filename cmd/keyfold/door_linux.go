package main

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// keepAway has the kernel drop the first packet of each new connection. Who
// sent it tries again after a second, finds the door closed, and goes to
// another replica; nothing was sent that could get lost. Handshakes that have
// begun go on.
func keepAway(l net.Listener) error {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return errors.ErrUnsupported
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return fmt.Errorf("keep away: %w", err)
	}
	const flags, syn = 13, 2 // byte of the TCP header, and its bit (RFC 9293, 3.1)
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flags},
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: syn, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 1<<32 - 1}, // all of the packet
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},         // none of it
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		filter := &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]} //nolint:gosec // G115: four
		set = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, filter)
	})
	if err = errors.Join(err, set); err != nil {
		return fmt.Errorf("keep away: %w", err)
	}
	return nil
}
