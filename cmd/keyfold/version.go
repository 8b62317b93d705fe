package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

// Run says what was built, from what.
func (c *versionCmd) Run(_ context.Context, env *environment) error {
	_, err := fmt.Fprintf(env.stdout, "keyfold %s\n%s %s/%s\n", buildVersion(buildInfo()), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// buildVersion is the release, or what is known of a build from a checkout.
func buildVersion(info *debug.BuildInfo) string {
	if info == nil {
		return "of unknown origin"
	}
	setting := map[string]string{}
	for _, s := range info.Settings {
		setting[s.Key] = s.Value
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "development"
	}
	if commit := setting["vcs.revision"]; commit != "" {
		version += " (commit " + commit[:min(12, len(commit))]
		if at := setting["vcs.time"]; at != "" {
			version += " of " + at
		}
		if setting["vcs.modified"] == "true" {
			version += ", with changes"
		}
		version += ")"
	}
	return version
}

func buildInfo() *debug.BuildInfo {
	info, _ := debug.ReadBuildInfo()
	return info
}
