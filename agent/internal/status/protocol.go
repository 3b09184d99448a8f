package status

import "errors"

// What can be asked.
const (
	askStatus     = "status"
	askFlows      = "flows"
	askDefinition = "definition"
	askDebug      = "debug"
)

// request is what a client sends, as a line of JSON.
type request struct {
	Ask string `json:"ask"`
	Filter
}

// reply is what it gets, as another, after which the server closes.
type reply struct {
	Error  string `json:"error,omitempty"`
	Kind   string `json:"kind,omitempty"` // of the error: a key of kinds, or none
	Answer any    `json:"answer,omitempty"`
}

// kinds are the errors that clients tell apart.
var kinds = map[string]error{"not_found": ErrNotFound, "unavailable": ErrUnavailable}

func replyOf[T any](v T, err error) reply {
	if err != nil {
		return failed(err)
	}
	return reply{Answer: v}
}

func failed(err error) reply {
	r := reply{Error: err.Error()}
	for kind, is := range kinds {
		if errors.Is(err, is) {
			r.Kind = kind
		}
	}
	return r
}

// remoteError is the agent's error text, with the sentinel that it stands for, if any.
type remoteError struct {
	text string
	is   error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }
