package discord

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"
)

// What the supervisor acts on, told as the error that ended a connection.
// Close codes come as *websocket.CloseError.
var (
	errReconnect     = errors.New("the gateway asks to reconnect (op 7)")
	errInvalid       = errors.New("the gateway has ended the session (op 9)")
	errInvalidResume = errors.New("the gateway could not resume just now (op 9, resumable)")
	errHello         = errors.New("the gateway's Hello has no heartbeat interval")
)

// Web socket opcodes, RFC 6455 section 5.2.
const (
	frameContinuation = 0x0
	frameText         = 0x1
	frameBinary       = 0x2
	frameClose        = 0x8
)

// Gateway opcodes.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes
const (
	opReconnect = 7
	opInvalid   = 9
	opHello     = 10
)

// maxControl is the size in bytes up to which a gateway message is looked
// into. Hello, op 7 and op 9 are far smaller; what is larger is an event.
const maxControl = 4096

// frames follows the server's side of a web socket, byte by byte: the answer
// to the upgrade, then frames. It keeps no more than one small message.
type frames struct {
	interval time.Duration // the heartbeat interval, once Hello has told it

	upgraded bool
	crlf     int    // how much of the blank line after the upgrade was seen
	head     []byte // the current frame's header so far
	inside   bool   // reading the payload
	left     uint64 // bytes of the payload still to come
	text     bool   // the current message is text
	message  []byte // the current message so far
	control  []byte // the current control frame's payload so far
	large    bool   // the current message is over maxControl
}

// scan reads on with p. A non-nil stop says that the connection should end,
// and the first at bytes of p come before the frame that says so.
func (f *frames) scan(p []byte) (at int, stop error) {
	for i := 0; i < len(p); {
		switch {
		case !f.upgraded:
			f.upgrade(p[i])
			i++
			continue
		case !f.inside:
			if len(f.head) == 0 {
				at = i
			}
			f.head = append(f.head, p[i])
			i++
			if !f.begin() || f.left > 0 {
				continue
			}
		default:
			n := len(p) - i
			if uint64(n) > f.left {
				n = int(f.left)
			}
			f.keep(p[i : i+n])
			f.left -= uint64(n)
			i += n
			if f.left > 0 {
				continue
			}
		}
		if stop := f.finish(); stop != nil {
			return at, stop
		}
	}
	return len(p), nil
}

// upgrade looks for the blank line that ends the answer to the upgrade.
func (f *frames) upgrade(b byte) {
	switch {
	case b == "\r\n\r\n"[f.crlf]:
		f.crlf++
	case b == '\r':
		f.crlf = 1
	default:
		f.crlf = 0
	}
	f.upgraded = f.crlf == 4
}

// begin reads the frame's header, once it is complete.
func (f *frames) begin() (complete bool) {
	h := f.head
	if len(h) < 2 {
		return false
	}
	size, extra := uint64(h[1]&0x7f), 0
	switch size {
	case 126:
		extra = 2
	case 127:
		extra = 8
	}
	mask := 0
	if h[1]&0x80 != 0 {
		mask = 4 // forbidden to servers; gorilla ends such a connection
	}
	if len(h) < 2+extra+mask {
		return false
	}
	switch extra {
	case 2:
		size = uint64(binary.BigEndian.Uint16(h[2:]))
	case 8:
		size = binary.BigEndian.Uint64(h[2:])
	}
	switch h[0] & 0xf {
	case frameText, frameBinary:
		f.text, f.large, f.message = h[0]&0xf == frameText, false, f.message[:0]
	}
	f.control = f.control[:0]
	f.left, f.inside = size, true
	return true
}

// keep remembers a piece of the payload, as long as it is small.
func (f *frames) keep(p []byte) {
	if f.head[0]&0x8 != 0 {
		f.control = append(f.control, p[:min(len(p), max(0, 125-len(f.control)))]...)
		return
	}
	if f.large = f.large || len(f.message)+len(p) > maxControl; !f.large {
		f.message = append(f.message, p...)
	}
}

// finish ends the frame, and says whether the connection should end with it.
func (f *frames) finish() error {
	first := f.head[0]
	f.head, f.inside = f.head[:0], false
	final, opcode := first&0x80 != 0, first&0xf
	switch {
	case opcode == frameClose:
		code := websocket.CloseNoStatusReceived
		if len(f.control) >= 2 {
			code = int(binary.BigEndian.Uint16(f.control))
			return &websocket.CloseError{Code: code, Text: string(bytes.ToValidUTF8(f.control[2:], nil))}
		}
		return &websocket.CloseError{Code: code}
	case opcode <= frameBinary && final && f.text && !f.large:
		return f.read()
	}
	return nil
}

// read looks into a small gateway message.
func (f *frames) read() error {
	var m struct {
		Op int             `json:"op"`
		D  json.RawMessage `json:"d"`
	}
	if err := json.Unmarshal(f.message, &m); err != nil {
		return fmt.Errorf("reading a gateway message: %w", err)
	}
	switch m.Op {
	case opReconnect:
		return errReconnect
	case opInvalid:
		if string(m.D) == "true" {
			return errInvalidResume
		}
		return errInvalid
	case opHello:
		var hello struct {
			Interval int64 `json:"heartbeat_interval"` // milliseconds
		}
		if err := json.Unmarshal(m.D, &hello); err != nil || hello.Interval <= 0 || hello.Interval > int64(time.Hour/time.Millisecond) {
			return errHello
		}
		f.interval = time.Duration(hello.Interval) * time.Millisecond
	}
	return nil
}
