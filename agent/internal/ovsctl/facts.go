package ovsctl

import (
	"context"
	"fmt"
	"strings"
)

// Facts are what diagnosis needs to know of Open vSwitch.
type Facts struct {
	Version  string
	SystemID string
	// Bridge is false when the bridge does not exist; then the fields below are empty.
	Bridge       bool
	FailMode     string
	DatapathType string
	Controllers  []string
}

// Look asks the database at db, which has to answer in some seconds.
func Look(ctx context.Context, db, bridge string) (Facts, error) {
	var f Facts
	var err error
	ask := func(args ...string) string {
		if err != nil {
			return ""
		}
		var out []byte
		if out, err = run(ctx, db, args...); err != nil {
			return ""
		}
		return strings.Trim(strings.TrimSpace(string(out)), `"`)
	}
	f.Version = unset(ask("get", "Open_vSwitch", ".", "ovs_version"))
	f.SystemID = ask("--if-exists", "get", "Open_vSwitch", ".", "external_ids:system-id")
	for line := range strings.Lines(ask("list-br")) {
		f.Bridge = f.Bridge || strings.TrimSpace(line) == bridge
	}
	if f.Bridge {
		f.FailMode = unset(ask("get", "Bridge", bridge, "fail_mode"))
		f.DatapathType = ask("get", "Bridge", bridge, "datapath_type")
		f.Controllers = strings.Fields(ask("get-controller", bridge))
	}
	if err != nil {
		return Facts{}, fmt.Errorf("ask Open vSwitch: %w", err)
	}
	return f, nil
}

// unset is "" for a column without a value.
func unset(value string) string {
	if value == "[]" {
		return ""
	}
	return value
}

// HasInterface reports whether Open vSwitch has an interface of this name, on whichever bridge.
func HasInterface(ctx context.Context, db, name string) (bool, error) {
	out, err := run(ctx, db, "--bare", "--columns=name", "find", "Interface", "name="+name)
	if err != nil {
		return false, fmt.Errorf("ask Open vSwitch for interface %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)) != "", nil
}
