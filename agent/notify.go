package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
)

// askAgain is how often a server that did not notify is asked whether it does by now.
const askAgain = 30 * time.Second

// notify is what is known of the store's notifications. Without them everything works, only later.
type notify struct {
	asked  time.Time
	silent bool  // the server sends none
	down   error // the subscription to them is, for this reason
}

// askNotify asks the server whether it notifies: once, and again while it does not or after it was started again.
func (f *follower) askNotify(co *coroutine.Co) error {
	n := &f.notify
	if !n.asked.IsZero() && (!n.silent || co.Now().Sub(n.asked) < askAgain) {
		return nil
	}
	info, err := call(co, func(ctx context.Context) (store.Info, error) { return f.a.st.Info(ctx) })
	if err != nil {
		return err
	}
	n.asked, n.silent = co.Now(), !info.Notifications
	return nil
}

// problem says what is the matter with notifications, "" when nothing is.
func (n *notify) problem() string {
	switch {
	case n.silent:
		return fmt.Sprintf("Redis does not notify of changes and may not be told to, so they are seen up to %s late: "+
			"set notify-keyspace-events %s on the server", pollInterval, redisstore.NotifyNeeded)
	case n.down != nil:
		return fmt.Sprintf("no notifications of changes, so they are seen up to %s late: %v", pollInterval, n.down)
	}
	return ""
}
