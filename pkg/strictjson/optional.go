package strictjson

import "github.com/go-json-experiment/json"

// Optional is a member that a body may leave out, set to null, or give a value,
// where all three mean something.
type Optional[T any] struct {
	Set   bool // it is there
	Value *T   // nil: it is null, or not there
}

// UnmarshalJSON reads the member, as strictly as [Decode]. Readers call it only
// for members that are there.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	return json.Unmarshal(b, &o.Value, strict)
}

func (*Optional[T]) takesNull() {}
