package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

func TestDoctorSaysHowTheStoreIs(t *testing.T) {
	s := newShell(t)
	code, out, _ := s.run("doctor")
	require.Equal(t, exitError, code)
	require.Contains(t, out, "fix: vlcp-coordinator init")
	s.ok("init")
	out = s.ok("doctor", "-o", "json")
	var r struct{ Checks []check }
	require.NoError(t, json.Unmarshal([]byte(out), &r), out)
	var names []string
	for _, c := range r.Checks {
		if c.Name != "store" || !strings.Contains(c.Found, "answers after") { // a machine with much else to do is slow
			require.Equal(t, checkOK, c.Result, "%+v", c)
		}
		names = append(names, c.Name)
	}
	require.Equal(t, []string{"store", "notifications", "clock", "access", "hosts"}, names)

	code, out, _ = s.run("doctor --redis redis://127.0.0.1:1/0")
	require.Equal(t, exitError, code)
	require.Contains(t, out, "failed   store")
}

func TestDoctorWarns(t *testing.T) {
	now := time.Unix(1000, 0)
	require.Equal(t, checkWarn, notifications(store.Info{}).Result)
	require.Equal(t, checkWarn, clock(store.Info{Time: now.Add(time.Minute)}, now).Result)
	require.Equal(t, checkOK, clock(store.Info{Time: now.Add(time.Second)}, now).Result)
}
