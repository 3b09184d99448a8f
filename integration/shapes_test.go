package integration

// status is what `vlcp-agent status -o json` promises.
type status struct {
	Host          string `json:"host"`
	Version       string `json:"version"`
	UptimeSeconds int    `json:"uptime_seconds"`
	Ready         bool   `json:"ready"`
	Switch        struct {
		Bridge     string `json:"bridge"`
		Connected  bool   `json:"connected"`
		OpenFlow   string `json:"openflow"`
		DatapathID string `json:"datapath_id"`
		OVSVersion string `json:"ovs_version"`
	} `json:"switch"`
	Store struct {
		Connected       bool   `json:"connected"`
		Revision        int64  `json:"revision"`
		AppliedRevision int64  `json:"applied_revision"`
		State           string `json:"state"`
		Since           string `json:"since"`
		Seen            string `json:"seen"`
		FromJournal     bool   `json:"from_journal"`
	} `json:"store"`
	Ports   []port `json:"ports"`
	Tunnels []struct {
		Host    string `json:"host"`
		Address string `json:"address"`
	} `json:"tunnels"`
	Announcements struct {
		Sent int `json:"sent"`
	} `json:"announcements"`
	Learning []learning `json:"learning"`
	Flows    struct {
		Desired   int            `json:"desired"`
		Installed int            `json:"installed"`
		Pending   int            `json:"pending"`
		Foreign   int            `json:"foreign"`
		Sent      int            `json:"sent"`
		ByTable   map[string]int `json:"by_table"`
	} `json:"flows"`
	DHCP struct {
		Offers int `json:"offers"`
		ACKs   int `json:"acks"`
		NAKs   int `json:"naks"`
	} `json:"dhcp"`
	Problems []problem `json:"problems"`
}

type learning struct {
	Network       string `json:"network"`
	Machines      int    `json:"machines"`
	Max           int    `json:"max"`
	Unknown       string `json:"unknown"`
	UnknownFrames int    `json:"unknown_frames"`
	KnownFrames   int    `json:"known_frames"`
}

type port struct {
	ID         string   `json:"id"`
	Network    string   `json:"network"`
	Interface  string   `json:"interface"`
	OFPort     int      `json:"ofport"`
	MAC        string   `json:"mac"`
	IPs        []string `json:"ips"`
	State      string   `json:"state"`
	MigratesTo string   `json:"migrates_to"`
	Drops      map[string]int
}

type problem struct {
	Code    string `json:"code"`
	Object  string `json:"object"`
	Message string `json:"message"`
}

// flow is an element of `vlcp-agent flows -o json`.
type flow struct {
	Table     int    `json:"table"`
	TableName string `json:"table_name"`
	Priority  int    `json:"priority"`
	Match     string `json:"match"`
	Actions   string `json:"actions"`
	Cookie    string `json:"cookie"`
	Module    string `json:"module"`
	Owner     string `json:"owner"`
	State     string `json:"state"`
	Packets   uint64 `json:"packets"`
}

// problem returns the problem of an object, if there is one with this code.
func (s status) problem(code, object string) *problem {
	for _, p := range s.Problems {
		if p.Code == code && (p.Object == object || p.Object == "port/"+object) {
			return &p
		}
	}
	return nil
}

// port returns a port of the host, if it is there.
func (s status) port(id string) *port {
	for _, p := range s.Ports {
		if p.ID == id {
			return &p
		}
	}
	return nil
}
