package tables

// assign numbers tables that are in order.
func (l Layout) assign(sorted []Table) []int {
	n := len(sorted)
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	if n == 0 {
		return out
	}
	for _, i := range l.keep(sorted) {
		out[i] = int(l.number[sorted[i].Name])
	}
	out[0] = 0 // where packets enter
	for i := 0; i < n; {
		next := i + 1
		for next < n && out[next] < 0 {
			next++
		}
		fill(out, i, next)
		i = next
	}
	return out
}

// fill numbers what is between i, which has a number, and next, which has one or is the end.
func fill(out []int, i, next int) {
	between := next - i - 1
	if between == 0 {
		return
	}
	gap := Last - out[i] // to the end
	if next < len(out) {
		gap = out[next] - out[i]
		for k := 1; k <= between; k++ {
			out[i+k] = out[i] + gap*k/(between+1)
		}
		return
	}
	for k := 1; k <= between; k++ {
		out[i+k] = out[i] + min(step*k, gap*k/between)
	}
}

// keep finds the most tables that can keep their numbers with room for the others between them: places i < j can both
// keep theirs if number[j]-number[i] >= j-i, so it is a longest run in which number minus place never falls.
func (l Layout) keep(sorted []Table) []int {
	n := len(sorted)
	slack := make([]int, n) // number minus place, -1: cannot be kept
	length, before := make([]int, n), make([]int, n)
	best := -1
	for i, t := range sorted {
		slack[i] = l.slack(t.Name, i, n)
		if slack[i] < 0 {
			continue
		}
		length[i], before[i] = 1, -1
		for j := range i {
			if slack[j] >= 0 && slack[j] <= slack[i] && length[j]+1 > length[i] {
				length[i], before[i] = length[j]+1, j
			}
		}
		if best < 0 || length[i] > length[best] {
			best = i
		}
	}
	var out []int
	for ; best >= 0; best = before[best] {
		out = append(out, best)
	}
	return out
}

// slack is how far a table's number lies above its place i of n, -1 when it cannot stay: the first has to be 0, the
// others need room before and after them.
func (l Layout) slack(name string, i, n int) int {
	old, ok := l.number[name]
	number := int(old)
	if !ok || number < i || (i == 0 && number != 0) || Last-number < n-1-i {
		return -1
	}
	return number - i
}
