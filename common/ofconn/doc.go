// Package ofconn is a connection to an OpenFlow switch, in either direction and for OpenFlow 1.0 and 1.3: it agrees on
// a version, keeps the connection alive, and ties every reply and every error to the request it belongs to.
//
//	Dial ─ connect, retry ─┐
//	Listen ─ accept ───────┴─► hello ─► features ─► OnUp(Session)
//	                             │ Send       one message, nobody waits
//	                             │ Request    one message, its reply or the error that refuses it; Ask for a type
//	                             │ Multipart  a request and all parts of the reply; Gather for a type
//	                             │ Batch      many messages behind one barrier, an error for each that was refused
//	                             │ Bundle     many messages, all or none (1.3)
//	                             │ SetRole, SetAsync
//	                             └ OnMessage  everything nobody asked for (packet-in, port status, errors)
//
// Messages are openflow.Message: *of10.PacketIn or *of13.PacketIn and so on, which a type switch tells apart.
// Session.Version says which the switch takes; a message of the other version is refused before it is sent. A program
// that looks at one version only offers that one only.
//
//	ofconn.Listen(s, "ptcp:6653", ofconn.Options{
//		OnMessage: func(x *ofconn.Session, m openflow.Message) {
//			switch p := m.(type) {
//			case *of10.PacketIn: …
//			case *of13.PacketIn: …
//			}
//		}})
//
// # States
//
//	           connected              hello                features reply
//	(no Session) ──────► said hello ──────► asked features ──────────────► up ─► OnUp, then OnMessage for each message
//	     ▲                    │ no common version │ error, silence           │ echo: asked after EchoInterval of silence
//	     │ retry (Dial)       ▼                   ▼                          ▼ SilenceLimit, end of the connection, Close
//	     └───────────────── down ◄───────────────────────────────────────── down ─► OnDown
//
// A handshake that is not over in HandshakeTimeout has failed. OnUp is called in the step that takes the features
// reply, so nothing that follows is missed. Down is for ever: the next connection of the same switch is another
// Session with its own transaction ids, and a Session that is down sends nothing and hands nothing over, also not what
// was read already. OnDown of a session comes before OnUp of the one that replaces it.
//
// # Order and bounds
//
// Messages leave in the order in which they were sent, but for echo, which overtakes everything that waits: a switch
// must not take us for dead because it is busy with what we sent. SendLimit bytes may wait; then Send says ErrFull and
// everything that has a coroutine waits. The callee of OnMessage has none: what it answers to a switch that does not
// read is lost, as packets are.
//
// # Errors and unknown outcomes
//
// An OpenFlow error quotes the transaction id of what it refuses. A batch therefore numbers its messages in a row and
// needs one entry however many messages it has; what is not refused by the time the barrier comes back is done, in 1.0
// too. If the barrier or the reply to a bundle's commit does not come, in time or because the connection ended, nobody
// knows what the switch has done: the error wraps ErrOutcome, and the only way on is to read what is there. Everything
// else that fails, fails without effect.
//
// # Auxiliary connections
//
// A switch may open more connections, told apart by the auxiliary id in its features (1.3, 6.3.5). Listen accepts them
// after the main one and ends them with it; their messages come to OnMessage with their own Session, whose Main is the
// one that OnUp was told of. What answers them may go either way.
package ofconn
