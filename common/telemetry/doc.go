// Package telemetry sets up logging for both programs, and keeps the last events in memory for their status pages.
//
//	slog.Logger ─► Tee ─► text | json | journal
//	               └────► Ring (warnings and errors) ─► status
//
// Format auto writes to the journal, with every attribute as a field of its own (journalctl VLCP_PORT=web1), when
// standard error is connected to it, as under systemd; else it writes text. The message also carries the attributes as
// text, so that plain journalctl shows them. When the journal does not take a record, it goes to standard error: a log
// is never lost silently and never stops the program.
package telemetry
