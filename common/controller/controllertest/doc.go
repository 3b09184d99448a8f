// Package controllertest plays OpenFlow switches in the process of a test, so that a module is tested without one:
//
//	controllertest.Run(t, func(r *controllertest.Rig) {
//		sw := r.Connect(openflow.Version13, 1, 2, 3)   // three ports
//		out := sw.Receive(1, frame)                     // a frame comes in by port 1 …
//		require.Equal(t, "2,3", controllertest.Ports(out))    // … and goes out of the others
//		r.Wait(61 * time.Second)                        // no time passes in the test
//		require.Empty(t, sw.Flows())
//	}, module)
//
// The controller, its sessions and every message are real; only the socket and the switch are played:
//
//	Module ─ Controller ─ ofconn.Session ─ bytes ─► Switch: tables, flows, timeouts ◄─ Receive(port, frame)
//	                                    ◄─ bytes ─┘ packet-in                        └► []Output
//
// A switch of 1.3 is package vswitch, a model of Open vSwitch. One of 1.0 is a plain switch: one table, outputs, no
// extensions; a flow that asks for more ends the test. What matters in the end is what a real switch does, for which
// there is package ovstest.
package controllertest
