package password

// A load is what it takes to compute a value.
type load struct {
	size uint64 // of the value, in bytes, at the most
	work uint64 // blocks of 64 bytes that are digested: 0.1 to 0.5 microseconds each
	kib  uint64 // memory
	fill uint64 // KiB of memory filled, over all passes
}

const (
	maxSize   = 32 << 10
	maxWork   = 4_000_000
	maxPepper = 256
	// quickWork is less than one of our hashes takes. What takes less than that
	// is soon guessed.
	quickWork = 20_000
	quickFill = 1 << 10
	// guessed is the length of most passwords that somebody tries.
	guessed = 8

	workOfDES  = 1500
	workOfCall = 20 // of a library that makes itself ready first
	workOfText = 3
)

// bearable reports whether one row may take that much.
func (l load) bearable() bool {
	return l.size <= maxSize && l.work <= maxWork && l.kib <= maxMemoryKiB && l.fill <= maxScryptKiB
}

// quick reports whether somebody who has the row can try passwords at a rate
// that we would not bear for our own hashes.
func (l load) quick() bool { return l.work < quickWork && l.fill < quickFill }

// sizes are how long the values of a row are.
type sizes struct{ pw, salt, username, last uint64 }

// load is what e takes at the most for a password and a row of such sizes. What
// is out of all bounds is only known to be that.
func (e *expression) load(s sizes) load {
	switch e.op {
	case opLiteral:
		return load{size: uint64(len(e.text))}
	case opPepper:
		return load{size: maxPepper}
	case "pw":
		return load{size: s.pw}
	case "salt":
		return load{size: s.salt}
	case "username":
		return load{size: s.username}
	case opLast:
		return load{size: s.last}
	}
	if e.fn != nil && e.fn.kind == kindRepeat {
		return e.loadOfRepeat(s)
	}
	var all load // of the arguments, of which the last is the longest that is digested
	for _, a := range e.args {
		l := a.load(s)
		all = all.and(l)
		all.size += l.size
	}
	if e.fn != nil {
		all = e.loadOf(all)
	}
	return all.capped()
}

// and is the load of one after the other, but for the size.
func (l load) and(m load) load {
	return load{size: l.size, work: l.work + m.work, kib: max(l.kib, m.kib), fill: l.fill + m.fill}
}

// capped keeps sums and products from running over.
func (l load) capped() load {
	l.size, l.work = min(l.size, 2*maxSize), min(l.work, 2*maxWork)
	l.kib, l.fill = min(l.kib, 2*maxMemoryKiB), min(l.fill, 2*maxScryptKiB)
	return l
}

// loadOf adds what the function itself takes to the load of its arguments.
func (e *expression) loadOf(l load) load {
	blocks := l.size/64 + 1
	switch e.fn.kind {
	case kindHash:
		l.work, l.size = l.work+blocks, 2*uint64(e.fn.hash().Size()) //nolint:gosec // G115: a constant
	case kindHMAC:
		l.work, l.size = l.work+blocks+4, 2*uint64(e.fn.hash().Size()) //nolint:gosec // G115: as above
	case kindPBKDF2:
		each := uint64(e.fn.hash().Size()) //nolint:gosec // G115: as above
		rounds, length := e.number(0), e.number(1)
		l.work, l.size = l.work+blocks+workOfCall+2*rounds*((length+each-1)/each), 2*length
	case kindScrypt:
		r, p := e.number(1), e.number(2)
		kib := max(1, r<<e.numbers[0]/8)
		l.kib, l.fill, l.work, l.size = max(l.kib, kib), l.fill+kib*p, l.work+blocks+workOfCall+kib*p, 2*e.number(3)
	case kindCrypt:
		if e.op == "des-crypt" {
			l.work += workOfDES
		} else {
			l.work += 1000 * (2*l.size/64 + 2)
		}
		l.size = 22
	case kindText:
		l.work += blocks + workOfText
		l.size = e.sizeOfText(l.size)
	default: // raw: not longer than the digits
	}
	return l
}

// number is one of the numbers of e, none of which is negative.
func (e *expression) number(i int) uint64 { return uint64(e.numbers[i]) } //nolint:gosec // G115: as said

func (e *expression) sizeOfText(in uint64) uint64 {
	switch e.op {
	case "base64":
		return (in + 2) / 3 * 4
	case "lower", "upper", "utf16le":
		return 2 * in
	case "bytes":
		return min(in, e.number(0))
	case "chars":
		return min(in, 4*e.number(0))
	default:
		return in
	}
}

// loadOfRepeat: the value that is repeated is as long each time, so that last
// is that long, or as long as the first one.
func (e *expression) loadOfRepeat(s sizes) load {
	first := e.args[0].load(s)
	s.last = first.size
	s.last = max(s.last, e.args[1].load(s).size)
	next := e.args[1].load(s)
	n := e.number(0)
	return load{
		size: next.size,
		work: first.work + n*next.work, kib: max(first.kib, next.kib), fill: first.fill + n*next.fill,
	}.capped()
}
