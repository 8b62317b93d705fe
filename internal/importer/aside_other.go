//go:build !linux

package importer

func stepAside() {}
