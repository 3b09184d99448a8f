// Package ofconn is a connection to an OpenFlow switch, in either direction: it agrees on version 1.3, keeps the
// connection alive, and ties every reply and every error to the request it belongs to.
//
//	Client ─ dial, retry ─┐
//	Server ─ accept ──────┴─► Session: hello, features ─► OnUp
//	                             │ Request    one message, its reply or the error that names it
//	                             │ Batch      many messages behind one barrier, an error for each that was refused
//	                             │ Bundle     many messages, all or none
//	                             │ Multipart  a request and all parts of the reply
//	                             └ OnMessage  everything nobody asked for (packet-in, port status)
//
// An OpenFlow error quotes the transaction id of what it refuses. A batch therefore numbers its messages in a row and
// needs one entry however many messages it has; what is not refused by the time the barrier comes back is done.
package ofconn
