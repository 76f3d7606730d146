package damage

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// member is a member of an object, its name and value as written.
type member struct{ name, value string }

// membersOf returns the members of an object; nil if record is not an object.
func membersOf(record []byte) []member {
	decoder := jsontext.NewDecoder(bytes.NewReader(record), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if decoder.PeekKind() != jsontext.KindBeginObject {
		return nil
	}
	members := []member{}
	_, err := decoder.ReadToken()
	for err == nil && decoder.PeekKind() != jsontext.KindEndObject {
		var name, value jsontext.Value
		if name, err = decoder.ReadValue(); err != nil {
			return nil
		}
		m := member{name: string(name)}
		if value, err = decoder.ReadValue(); err != nil {
			return nil
		}
		m.value = string(value)
		members = append(members, m)
	}
	return members
}

// join writes an object.
func join(members []member) []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(m.name + ":" + m.value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// find returns the index of a member, or -1.
func find(members []member, name string) int {
	for i, m := range members {
		if m.name == `"`+name+`"` {
			return i
		}
	}
	return -1
}

// withMember returns the record with another value for a member, which is added
// at the end if it is missing.
func withMember(record []byte, name, value string) []byte {
	members := membersOf(record)
	if members == nil {
		return record
	}
	if at := find(members, name); at >= 0 {
		members[at].value = value
		return join(members)
	}
	return join(append(members, member{`"` + name + `"`, value}))
}

// valueOf returns the value of a member as written; "" if it is missing.
func valueOf(record []byte, name string) string {
	members := membersOf(record)
	if at := find(members, name); at >= 0 {
		return members[at].value
	}
	return ""
}
