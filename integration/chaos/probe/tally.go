package probe

// seqMax bounds the memory of a Tally: 16 hours of 1,000 frames a second.
const seqMax = 1 << 26

// Count is what became of the frames of a stretch of numbers.
type Count struct {
	Sent       int `json:"sent"`
	Lost       int `json:"lost"`
	Duplicated int `json:"duplicated"`
	// Foreign frames are of another network, or, on the wire, with the VNI of another: all since the start.
	Foreign int `json:"foreign"`
	// Gap is the longest run of lost frames, which at 1,000 a second is one of so many milliseconds.
	Gap int `json:"longest_gap"`
}

// Add returns the sum, with the longer gap.
func (c Count) Add(d Count) Count {
	return Count{c.Sent + d.Sent, c.Lost + d.Lost, c.Duplicated + d.Duplicated, c.Foreign + d.Foreign, max(c.Gap, d.Gap)}
}

// Tally remembers how often each frame of the only other guest of a network came. The zero value is an empty one of
// network 0.
type Tally struct {
	Network byte
	times   []uint8 // by number
	foreign int
}

// Note counts a frame that came.
func (t *Tally) Note(m Mark) {
	if m.Network != t.Network {
		t.foreign++
		return
	}
	if m.Broadcast || m.Seq >= seqMax {
		return
	}
	for uint64(len(t.times)) <= m.Seq {
		t.times = append(t.times, 0)
	}
	if t.times[m.Seq] < 255 {
		t.times[m.Seq]++
	}
}

// Between says what became of the frames with the numbers from ≤ n < to.
func (t *Tally) Between(from, to uint64) Count {
	c := Count{Foreign: t.foreign}
	gap := 0
	for n := from; n < to; n++ {
		c.Sent++
		times := 0
		if n < uint64(len(t.times)) {
			times = int(t.times[n])
		}
		if times > 0 {
			gap = 0
			c.Duplicated += times - 1
			continue
		}
		c.Lost++
		gap++
		c.Gap = max(c.Gap, gap)
	}
	return c
}
