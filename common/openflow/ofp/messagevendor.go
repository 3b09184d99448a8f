package ofp

// Messages of vendors. They join in two places: vendorKind says what they are, and vendor writes them.

// vendorKind is the kind of a message of a vendor, or of another version than 1.0 and 1.3.
func vendorKind(key) (kind, bool) { return kind{}, false }

// vendor writes the body of a message of a vendor; m is its structure of package of10 or of13.
func (t *text) vendor(m any) error {
	return refuse(badVendor, "offset 8: %T: unknown vendor", m)
}

// bodyOther writes the bodies of messages of other versions.
func (t *text) bodyOther() error {
	return refuse(badVersion, "offset 0: version %#02x: unknown version", uint8(t.v))
}
