package discordtest

import "encoding/binary"

// Frame is a frame of a web socket as a server sends it: its first byte, and its
// payload.
func Frame(first byte, payload string) string {
	head := []byte{first}
	switch n := len(payload); {
	case n < 126:
		head = append(head, byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	return string(head) + payload
}

// First bytes of frames.
// https://www.rfc-editor.org/rfc/rfc6455#section-5.2
const (
	Whole    = 0x81 // a text in one frame
	TextPart = 0x01 // its first part
	LastPart = 0x80
	Ping     = 0x89
	Closing  = 0x88
)
