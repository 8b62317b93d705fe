package password

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// newRegion takes memory from the system itself. In pages of 2 MiB, where the
// system has them, a hash finds its way to a block in less time; it comes in no
// core dump; and it goes back at once.
func newRegion(blocks uint32) region {
	const size = int(unsafe.Sizeof(block{}))
	mapped, err := unix.Mmap(-1, 0, int(blocks)*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return region{blocks: make([]block, blocks)}
	}
	for _, wish := range []int{unix.MADV_HUGEPAGE, unix.MADV_DONTDUMP} {
		_ = unix.Madvise(mapped, wish) // it works without
	}
	return region{blocks: unsafe.Slice((*block)(unsafe.Pointer(unsafe.SliceData(mapped))), blocks), mapped: mapped} //nolint:gosec // G103: so many blocks are there
}

func (r region) release() {
	if r.mapped != nil {
		_ = unix.Munmap(r.mapped)
	}
}
