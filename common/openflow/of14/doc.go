// Package of14 has the bundle messages of OpenFlow 1.4 (ONF TS-012, 7.3.9): types 33 and 34 of version byte 5. What
// a bundle contains stays bytes. Versions 1.0 and 1.3 have packages of their own; 1.3 carries bundles in the extension
// 230 of the ONF, which is in of13.
//
//	bytes ─ Decode ─► *BundleControl, *BundleAdd ─ Append ─► bytes
package of14
