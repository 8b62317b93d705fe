package password

import (
	"bytes"
	"crypto/md5" //nolint:gosec // G501: legacy systems have it
)

// crypt64 is the alphabet of the crypt of C libraries.
const crypt64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// crypts are the functions that give text in that alphabet.
var crypts = map[string]func(salt, pw []byte) []byte{
	"des-crypt":  desCrypt,
	"md5-crypt":  func(salt, pw []byte) []byte { return md5Crypt("$1$", salt, pw) },
	"apr1-crypt": func(salt, pw []byte) []byte { return md5Crypt("$apr1$", salt, pw) },
}

// md5Crypt is the hash that Poul-Henning Kamp made for FreeBSD, and Apache's
// variety of it, which differs in the name alone.
func md5Crypt(name string, salt, pw []byte) []byte {
	inner := md5.Sum(bytes.Join([][]byte{pw, salt, pw}, nil)) //nolint:gosec // G401: as above
	outer := md5.New()                                        //nolint:gosec // G401: as above
	outer.Write(pw)
	outer.Write([]byte(name))
	outer.Write(salt)
	for left := len(pw); left > 0; left -= md5.Size {
		outer.Write(inner[:min(left, md5.Size)])
	}
	for bits := len(pw); bits > 0; bits >>= 1 {
		if bits&1 == 1 {
			outer.Write([]byte{0})
		} else {
			outer.Write(pw[:1])
		}
	}
	sum := outer.Sum(nil)
	for i := range 1000 {
		outer.Reset()
		parts := [][]byte{sum, nil, nil, pw}
		if i&1 == 1 {
			parts[0], parts[3] = pw, sum
		}
		if i%3 != 0 {
			parts[1] = salt
		}
		if i%7 != 0 {
			parts[2] = pw
		}
		for _, part := range parts {
			outer.Write(part)
		}
		sum = outer.Sum(sum[:0:0])
	}
	var out []byte
	for i := range 5 {
		last := i + 12
		if i == 4 {
			last = 5
		}
		out = little64(out, uint32(sum[i])<<16|uint32(sum[i+6])<<8|uint32(sum[last]), 4)
	}
	return little64(out, uint32(sum[11]), 2)
}

// little64 writes a number in so many characters, the lowest six bits first.
func little64(out []byte, n uint32, characters int) []byte {
	for range characters {
		out = append(out, crypt64[n&63])
		n >>= 6
	}
	return out
}

// fromLittle64 reads what little64 writes: three bytes in each four characters,
// the first byte in the lowest bits. It is not ok when bits are left over.
func fromLittle64(text string) (out []byte, ok bool) {
	for len(text) > 0 {
		n, bits := uint32(0), 0
		for ; bits < 24 && len(text) > 0; bits += 6 {
			i := bytes.IndexByte([]byte(crypt64), text[0])
			if i < 0 {
				return nil, false
			}
			n |= uint32(i) << bits //nolint:gosec // G115: less than 64
			text = text[1:]
		}
		if bits == 6 {
			return nil, false
		}
		for ; bits >= 8; bits -= 8 {
			out = append(out, byte(n))
			n >>= 8
		}
		if n != 0 {
			return nil, false
		}
	}
	return out, true
}
