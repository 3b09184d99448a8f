package status

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patient answers after a while, but not to those who have gone.
type patient struct{ source }

func (p patient) Status(ctx context.Context) (*Status, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(3 * gonePoll):
		return p.source.Status(ctx)
	}
}

// Who has said all that it has to say is not gone.
func TestHalfClosed(t *testing.T) {
	c, err := net.Dial("unix", serve(t, patient{}))
	require.NoError(t, err)
	defer c.Close() //nolint:errcheck // the test is ending
	_, err = c.Write([]byte(`{"ask":"` + askStatus + `"}` + "\n"))
	require.NoError(t, err)
	require.NoError(t, c.(*net.UnixConn).CloseWrite())
	answer, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Contains(t, string(answer), `"web1"`)
}
