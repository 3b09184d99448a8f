package ofp

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// FuzzMessage10 and FuzzMessage13: whatever the bytes are, nothing panics; what is taken is printed, becomes the same
// bytes again by way of JSON, and what it decodes to is as stable.
func FuzzMessage10(f *testing.F) {
	fuzzMessage(f, openflow.Version10, func(b []byte) ([]byte, error) {
		m, err := of10.Decode(b)
		if err != nil {
			return nil, err
		}
		return of10.Append(nil, m)
	})
}

func FuzzMessage13(f *testing.F) {
	fuzzMessage(f, openflow.Version13, func(b []byte) ([]byte, error) {
		m, err := of13.Decode(b)
		if err != nil {
			return nil, err
		}
		return of13.Append(nil, m)
	})
}

func fuzzMessage(f *testing.F, v openflow.Version, recode func([]byte) ([]byte, error)) {
	for _, b := range newGen(51).everyMessage(1) {
		if openflow.MessageVersion(b) == v {
			f.Add(b)
		}
	}
	for _, b := range ovstest.Captured(f, byte(v)) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < openflow.HeaderLen || len(b) > openflow.MessageLenMax {
			return
		}
		b = append([]byte(nil), b...)
		b[0] = byte(v)
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		if s, err := FormatMessage(b); err == nil {
			require.NotEmpty(t, s)
			require.NoError(t, Check(b))
			roundTrip(t, b)
		}
		once, err := recode(b)
		if err != nil {
			return
		}
		require.Len(t, once, len(b))
		twice, err := recode(once)
		require.NoError(t, err)
		require.Equal(t, once, twice)
		roundTrip(t, b)
	})
}
