package wire

import "fmt"

// Sequence are the structures of a list.
func Sequence[T any, P interface {
	*T
	Structure
}](f *Fields, name string, list *[]T) {
	f.sequence(name, len(*list), func(i int) Structure {
		if i == len(*list) {
			var e T
			*list = append(*list, e)
		}
		return P(&(*list)[i])
	})
}

// sequence is the same for all types of structures: at gives one, and makes that after the last of n.
func (f *Fields) sequence(name string, n int, at func(int) Structure) {
	if f.mode == fromJSON {
		for i, v := range f.elements(name) {
			f.fail(name, element(v, at(n+i), false))
		}
		return
	}
	f.key(name)
	f.open('[')
	for i := range n {
		f.key("")
		if d, ok := at(i).(Described); ok {
			f.object(d)
		} else {
			f.value(opaque(at(i)))
		}
	}
	f.shut(']')
}

// element fills s; lax passes over fields that it does not have.
func element(v any, s Structure, lax bool) error {
	if d, ok := s.(Described); ok {
		return fill(v, d, lax)
	}
	return parseLeaf(v, opaque(s))
}

// elements are those of a list in the input.
func (f *Fields) elements(name string) []any {
	v, ok := f.take(name)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		f.fail(name, fmt.Errorf("%v is no list", v))
	}
	return list
}

// Numbers are the numbers of a list.
func Numbers[T Number](f *Fields, name string, list *[]T) {
	if f.mode == fromJSON {
		for _, v := range f.elements(name) {
			var e T
			f.fail(name, parseLeaf(v, numberLeaf(&e)))
			*list = append(*list, e)
		}
		return
	}
	f.numbers(name, len(*list), func(i int) leaf { return numberLeaf(&(*list)[i]) })
}

// Words are the numbers of an array; list is all of it.
func Words[T Number](f *Fields, name string, list []T) {
	if f.mode == fromJSON {
		in := f.elements(name)
		if len(in) > len(list) {
			f.fail(name, fmt.Errorf("%d elements: %w", len(in), ErrRange))
			return
		}
		for i, v := range in {
			f.fail(name, parseLeaf(v, numberLeaf(&list[i])))
		}
		return
	}
	f.numbers(name, len(list), func(i int) leaf { return numberLeaf(&list[i]) })
}

func (f *Fields) numbers(name string, n int, at func(int) leaf) {
	f.key(name)
	f.open('[')
	for i := range n {
		f.key("")
		f.value(at(i))
	}
	f.shut(']')
}

// Optional is a field that may be absent: its value, when there is one, is handed over by one.
func Optional[T any](f *Fields, name string, p **T, one func(*T)) {
	switch {
	case f.mode != fromJSON:
		if *p != nil {
			one(*p)
		}
	default:
		if _, ok := f.in[name]; ok {
			*p = new(T)
			one(*p)
		}
	}
}

// Present says whether a field that depends on others is to be handed over: when it is there, or may be in the input.
func (f *Fields) Present(there bool) bool { return there || f.mode == fromJSON }
