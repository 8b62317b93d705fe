//go:build !linux

package password

func newRegion(blocks uint32) region { return region{blocks: make([]block, blocks)} }

func (region) release() {}
