package password

import "strings"

// The tables of DES, FIPS 46-3, counted from 1 as there. crypto/des has them
// too, but no way to change its expansion, which is what crypt does.
var (
	desIP = []byte{
		58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
		57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
	}
	desFP = []byte{
		40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
		36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
	}
	desE = []byte{
		32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
		16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
	}
	desP   = []byte{16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25}
	desPC1 = []byte{
		57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
		63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
	}
	desPC2 = []byte{
		14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
		41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
	}
	desShifts = []uint{1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1}
	// Four rows of 16 each, a hexadecimal digit for each value.
	desS = [8]string{
		"e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
		"f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
		"a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
		"7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
		"2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
		"c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
		"4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
		"d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
	}
)

// permuted picks bits of in, which has so many.
func permuted(in uint64, width uint, table []byte) (out uint64) {
	for _, from := range table {
		out = out<<1 | in>>(width-uint(from))&1
	}
	return out
}

// desCrypt is the crypt of Unix as it was first: 25 times DES of nothing, with
// the first eight characters of the password for a key, and an expansion that
// the two characters of the salt change.
func desCrypt(salt, pw []byte) []byte {
	if len(salt) != 2 {
		return nil
	}
	var key, swap uint64
	for i := range 8 {
		key <<= 8
		if i < len(pw) {
			key |= uint64(pw[i] << 1)
		}
	}
	for i, c := range salt {
		for bit := range 6 {
			swap |= uint64(max(0, strings.IndexByte(crypt64, c))) >> bit & 1 << (47 - 6*i - bit)
		}
	}
	keys := desKeys(key)
	var block uint64
	for range 25 {
		block = desEncrypt(block, keys, swap)
	}
	out := make([]byte, 11)
	for i := range 10 {
		out[i] = crypt64[block>>(58-6*i)&63]
	}
	out[10] = crypt64[block<<2&63]
	return out
}

func desKeys(key uint64) (keys [16]uint64) {
	const half = 1<<28 - 1
	cd := permuted(key, 64, desPC1)
	c, d := cd>>28, cd&half
	for i, n := range desShifts {
		c, d = (c<<n|c>>(28-n))&half, (d<<n|d>>(28-n))&half
		keys[i] = permuted(c<<28|d, 56, desPC2)
	}
	return keys
}

// desEncrypt is DES, with those bits of the two halves of the expansion
// swapped that are set in swap.
func desEncrypt(block uint64, keys [16]uint64, swap uint64) uint64 {
	block = permuted(block, 64, desIP)
	left, right := block>>32, block&0xffffffff
	for _, key := range keys {
		e := permuted(right, 32, desE)
		differ := (e ^ e<<24) & swap // between a bit and its partner 24 below
		e ^= differ | differ>>24
		e ^= key
		var s uint64
		for i, box := range desS {
			six := e >> (42 - 6*i) & 63
			digit := box[six>>5<<5|six&1<<4|six>>1&15]
			if digit >= 'a' {
				digit -= 'a' - 10 - '0'
			}
			s = s<<4 | uint64(digit-'0')
		}
		left, right = right, left^permuted(s, 32, desP)
	}
	return permuted(right<<32|left, 64, desFP)
}
