package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/vlcp-go/vlcp/common/yamlconf"
)

// Setting is a key of the file in dotted form, "tunnel.interface", and its new value.
type Setting struct{ Key, Value string }

// Edit sets keys in the text of a file and leaves everything else as it is, comments too. A key that is there only as a
// comment, as in the file that packages install, is set in its place. The result is read back: what cannot be edited so
// (a file in another style) is an error, and the text of before.
func Edit(text string, settings ...Setting) (string, error) {
	out := text
	for _, s := range settings {
		section, key, ok := strings.Cut(s.Key, ".")
		if !ok {
			section, key = "", s.Key
		}
		out = edit(out, section, key, fmt.Sprintf("%q", s.Value))
	}
	c := Default()
	if err := yamlconf.Decode("the result", []byte(out), &c); err != nil {
		return text, fmt.Errorf("cannot be edited, please do it by hand: %w", err)
	}
	for _, s := range settings {
		if got, ok := c.get(s.Key); !ok || got != s.Value {
			return text, fmt.Errorf("%s cannot be set to %q in this file, please do it by hand", s.Key, s.Value)
		}
	}
	return out, nil
}

// get is the value of a key that Edit can set.
func (c *Config) get(key string) (string, bool) {
	switch key {
	case "redis.url":
		return c.Redis.URL, true
	case "redis.name":
		return c.Redis.Name, true
	case "host":
		return c.Host, true
	case "ovs.bridge":
		return c.OVS.Bridge, true
	case "ovs.datapath_type":
		return c.OVS.DatapathType, true
	case "tunnel.interface":
		return c.Tunnel.Interface, true
	case "tunnel.address":
		if !c.Tunnel.Address.IsValid() {
			return "", true
		}
		return c.Tunnel.Address.String(), true
	}
	return "", false
}

func edit(text, section, key, value string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if section == "" {
		return finish(place(lines, 0, len(lines), key+": "+value, key, ""))
	}
	start := find(lines, 0, len(lines), section, "")
	if start < 0 {
		return finish(append(lines, "", section+":", "  "+key+": "+value))
	}
	if flow := flowStyle.FindStringSubmatch(lines[start]); flow != nil && !strings.HasPrefix(lines[start], "#") {
		lines[start] = section + ":"
		return finish(insert(lines, start+1, unfold(flow[1], key, value)...))
	}
	lines[start] = strings.TrimPrefix(lines[start], "#")
	end := start + 1
	for end < len(lines) && (strings.HasPrefix(lines[end], " ") || strings.HasPrefix(lines[end], "#")) {
		end++
	}
	return finish(place(lines, start+1, end, "  "+key+": "+value, key, "  "))
}

var flowStyle = regexp.MustCompile(`^[a-z_]+:\s*\{(.*)\}\s*(?:#.*)?$`)

// unfold makes lines of the pairs of a mapping that is in one line, with key set to value.
func unfold(pairs, key, value string) (lines []string) {
	lines = append(lines, "  "+key+": "+value)
	for _, pair := range splitPairs(pairs) {
		if name, _, _ := strings.Cut(pair, ":"); strings.TrimSpace(name) != key {
			lines = append(lines, "  "+pair)
		}
	}
	return lines
}

// splitPairs cuts at commas outside of quotes.
func splitPairs(s string) (pairs []string) {
	quote, from := rune(0), 0
	for i, r := range s + "," {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		case quote == 0 && r == ',':
			if p := strings.TrimSpace(s[from:i]); p != "" {
				pairs = append(pairs, p)
			}
			from = i + 1
		}
	}
	return pairs
}

// find is the line in [from, to) with a key, or else with the key as a comment; -1 if there is none.
func find(lines []string, from, to int, key, indent string) int {
	for _, prefix := range []string{indent + key + ":", "#" + indent + key + ":"} {
		for i := from; i < to; i++ {
			if strings.HasPrefix(lines[i], prefix) {
				return i
			}
		}
	}
	return -1
}

// place puts a line where its key is in [from, to), or at the front of that.
func place(lines []string, from, to int, line, key, indent string) []string {
	if i := find(lines, from, to, key, indent); i >= 0 {
		lines[i] = line
		return lines
	}
	return insert(lines, from, line)
}

func insert(lines []string, at int, more ...string) []string {
	return append(lines[:at:at], append(more, lines[at:]...)...)
}

func finish(lines []string) string { return strings.Join(lines, "\n") + "\n" }

// BackupSuffix is behind the name of the file that Write replaced.
const BackupSuffix = ".before-setup"

// Write replaces the file at path at once, and keeps what was there beside it.
func Write(path, text string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if old, err := os.ReadFile(path); err == nil {
		if err := replace(path+BackupSuffix, old); err != nil {
			return fmt.Errorf("keep the configuration before: %w", err)
		}
	}
	if err := replace(path, []byte(text)); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// replace writes a file of the mode 0600 (os.CreateTemp's) that is either the old or the new one, whatever happens.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is not there when all went well
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
