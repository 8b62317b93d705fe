package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// maxWindow is how far back a zstd file may refer, and so what reading it takes
// of memory. The tool keeps to 8 MiB without --ultra and --long.
const maxWindow = 32 << 20

// A damage is why the rest of a compressed file cannot be had.
type damage struct{ reason string }

func (d *damage) Error() string { return d.reason }

// unpacked gives what is in the file. Whether it is compressed is told by its
// first bytes: names are wrong, and standard input has none.
func unpacked(r io.Reader) (io.Reader, error) {
	packed := &packed{r: r}
	in := bufio.NewReaderSize(packed, maxRecord)
	head, _ := in.Peek(len(zstdMagic)) // what cannot be read is told of when it is read
	var z io.Reader
	var err error
	switch {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		z, err = gzip.NewReader(in)
	case bytes.HasPrefix(head, []byte(zstdMagic)):
		// In one goroutine: who stops half-way need not close anything.
		z, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	default:
		return in, nil
	}
	if err != nil {
		return nil, fault(packed.why(err), 1)
	}
	return &unpacker{z, packed}, nil
}

// packed is the file as it is stored. It knows its own faults.
type packed struct {
	r   io.Reader
	err error
}

func (p *packed) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		p.err = err
	}
	return n, err
}

// why tells the damages of a file from the faults of disk and network.
func (p *packed) why(err error) error {
	switch {
	case p.err != nil:
		return p.err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &damage{"the compressed file breaks off here. Copy it once more."}
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return &damage{"the checksum of the compressed file is wrong, so that lines before this one may be wrong as well. Copy it once more, and import that."}
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return &damage{"the compressed file takes more than 32 MiB of memory to be read. Compress it without --ultra and --long."}
	}
	return &damage{"the compressed file is damaged here. Copy it once more."}
}

type unpacker struct {
	z      io.Reader
	packed *packed
}

func (u *unpacker) Read(b []byte) (int, error) {
	n, err := u.z.Read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // its end, and no error within
		err = u.packed.why(err)
	}
	return n, err
}
