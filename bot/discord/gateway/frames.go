package gateway

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// What a shard acts on, told as the error that ended a connection.
// Close codes come as *websocket.CloseError.
var (
	ErrReconnect     = errors.New("the gateway asks to reconnect (op 7)")
	ErrInvalid       = errors.New("the gateway has ended the session (op 9)")
	errInvalidResume = errors.New("the gateway could not resume just now (op 9, resumable)")
	ErrMalformed     = errors.New("the gateway sent what no bot can read")
	errHello         = errors.New("the gateway's Hello has no heartbeat interval")
)

// Web socket opcodes, RFC 6455 section 5.2.
const (
	frameContinuation = 0x0
	frameText         = 0x1
	frameBinary       = 0x2
	frameClose        = 0x8
	framePing         = 0x9
	framePong         = 0xa
)

// Gateway opcodes.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes
const (
	opDispatch     = 0
	opHeartbeat    = 1
	opReconnect    = 7
	opInvalid      = 9
	opHello        = 10
	opHeartbeatACK = 11
)

const (
	// MaxMessage is the size in bytes up to which a gateway message is taken.
	// The largest tell of a server with all its channels and threads, and are a
	// fraction of it.
	MaxMessage = 16 << 20
	// maxUpgrade bounds the answer to the upgrade, maxControlFrame the payload
	// of a ping or a close, by RFC 6455, and keptRoom the room that is kept from
	// one message to the next.
	maxUpgrade      = 64 << 10
	maxControlFrame = 125
	keptRoom        = 64 << 10
)

// kindMark stands before the kind of every dispatch that discordgo gets to see:
// of a kind that it does not know, it hands on the data as they are. Those that
// it knows it reads into types of its own, and a null in there ends the process.
const kindMark = "raw:"

// frames follows the server's side of a web socket, byte by byte: the answer
// to the upgrade, then frames. What is a message of the gateway's goes on to
// discordgo, in a frame of this program's own making; what is none ends the
// connection.
type frames struct {
	interval time.Duration // the heartbeat interval, once Hello has told it
	sequence int64         // the highest so far

	answer  []byte // the beginning of the answer to the upgrade
	open    bool   // that answer is over, and frames come
	refused bool   // there is no web socket
	crlf    int    // how much of the blank line after the upgrade was seen
	size    int    // of the answer so far
	head    []byte // the current frame's header so far
	inside  bool   // reading the payload
	left    uint64 // bytes of the payload still to come
	begun   bool   // a message has begun, and its last frame is still to come
	message []byte // the current message so far
	control []byte // the current control frame's payload so far
}

// scan reads on with p, and appends to out what discordgo is to see of it. A
// non-nil stop says that the connection should end, after what was appended.
func (f *frames) scan(p, out []byte) (_ []byte, stop error) {
	for i := 0; i < len(p); {
		switch {
		case f.refused:
			return append(out, p[i:]...), nil
		case !f.open:
			out = append(out, p[i])
			if stop := f.upgrade(p[i]); stop != nil {
				return out, stop
			}
			i++
			continue
		case !f.inside:
			f.head = append(f.head, p[i])
			i++
			complete, stop := f.begin()
			if stop != nil {
				return out, stop
			}
			if !complete || f.left > 0 {
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
		if out, stop = f.finish(out); stop != nil {
			return out, stop
		}
	}
	return out, nil
}

// upgrade looks for the blank line that ends the answer to the upgrade, and
// for whether that answer is one that opens a web socket.
func (f *frames) upgrade(b byte) error {
	const switching = "HTTP/1.1 101"
	if len(f.answer) < len(switching) {
		f.answer = append(f.answer, b)
		f.refused = !strings.HasPrefix(switching, string(f.answer))
	}
	if f.size++; f.size > maxUpgrade {
		return fmt.Errorf("%w: an answer to the upgrade without end", ErrMalformed)
	}
	switch {
	case b == "\r\n\r\n"[f.crlf]:
		f.crlf++
	case b == '\r':
		f.crlf = 1
	default:
		f.crlf = 0
	}
	f.open = f.crlf == 4
	return nil
}

// begin reads the frame's header, once it is complete.
func (f *frames) begin() (complete bool, stop error) {
	h := f.head
	if len(h) < 2 {
		return false, nil
	}
	size, extra := uint64(h[1]&0x7f), 0
	switch size {
	case 126:
		extra = 2
	case 127:
		extra = 8
	}
	if len(h) < 2+extra {
		return false, nil
	}
	switch extra {
	case 2:
		size = uint64(binary.BigEndian.Uint16(h[2:]))
	case 8:
		size = binary.BigEndian.Uint64(h[2:])
	}
	if fault := f.fault(size); fault != "" {
		return false, fmt.Errorf("%w: %s", ErrMalformed, fault)
	}
	f.left, f.inside, f.control = size, true, f.control[:0]
	if h[0]&0xf <= frameBinary {
		f.begun = h[0]&0x80 == 0
	}
	return true, nil
}

// fault is what is wrong with a frame of so many bytes, by its header.
func (f *frames) fault(size uint64) string {
	final, opcode := f.head[0]&0x80 != 0, f.head[0]&0xf
	switch {
	case f.head[0]&0x70 != 0:
		return "a compressed frame, which nobody asked for"
	case f.head[1]&0x80 != 0:
		return "a masked frame"
	case opcode == frameBinary:
		return "a binary frame, which nobody asked for"
	case opcode == frameClose || opcode == framePing || opcode == framePong:
		if size > maxControlFrame || !final {
			return fmt.Sprintf("a control frame of %d bytes", size)
		}
	case opcode > frameBinary:
		return fmt.Sprintf("a frame of the unknown kind %d", opcode)
	case (opcode == frameContinuation) != f.begun:
		return "a part of a message that does not go on from the one before"
	case size > MaxMessage-uint64(len(f.message)):
		return fmt.Sprintf("a message of %d bytes or more, and the most that is taken are %d", uint64(len(f.message))+size, MaxMessage)
	}
	return ""
}

// keep remembers a piece of the payload.
func (f *frames) keep(p []byte) {
	if f.head[0]&0x8 != 0 {
		f.control = append(f.control, p...)
		return
	}
	f.message = append(f.message, p...)
}

// finish ends the frame, appends to out what discordgo is to see of it, and
// says whether the connection should end with it.
func (f *frames) finish(out []byte) (_ []byte, stop error) {
	head := f.head
	f.head, f.inside = f.head[:0], false
	final, opcode := head[0]&0x80 != 0, head[0]&0xf
	switch {
	case opcode == frameClose:
		code := websocket.CloseNoStatusReceived
		if len(f.control) >= 2 {
			code = int(binary.BigEndian.Uint16(f.control))
			return out, &websocket.CloseError{Code: code, Text: string(bytes.ToValidUTF8(f.control[2:], nil))}
		}
		return out, &websocket.CloseError{Code: code}
	case opcode == framePing || opcode == framePong:
		return append(append(out, head...), f.control...), nil
	case final:
		out, stop = f.read(out)
		if f.message = f.message[:0]; cap(f.message) > keptRoom {
			f.message = nil
		}
	}
	return out, stop
}

// read reads a gateway message, and appends to out what discordgo is to see of
// it. It is said as little as possible of one that is none: it may hold a
// member's words.
func (f *frames) read(out []byte) ([]byte, error) {
	var m struct {
		Op *int            `json:"op"`
		S  *int64          `json:"s"`
		T  string          `json:"t"`
		D  json.RawMessage `json:"d"`
	}
	if err := json.Unmarshal(f.message, &m); err != nil || m.Op == nil {
		return out, fmt.Errorf("%w: a message of %d bytes that is none of the gateway's", ErrMalformed, len(f.message))
	}
	switch *m.Op {
	case opDispatch:
		if m.S != nil { // one that goes back would have what was heard told again
			f.sequence = max(f.sequence, *m.S)
		}
		kind, err := json.Marshal(kindMark + m.T)
		if err != nil {
			return out, fmt.Errorf("writing a kind: %w", err)
		}
		if m.D == nil {
			m.D = json.RawMessage("null")
		}
		head := fmt.Appendf(nil, `{"op":0,"s":%d,"t":%s,"d":`, f.sequence, kind)
		out = appendHeader(out, len(head)+len(m.D)+1)
		return append(append(append(out, head...), m.D...), '}'), nil
	case opHeartbeat, opHeartbeatACK:
		return appendText(out, fmt.Sprintf(`{"op":%d}`, *m.Op)), nil
	case opReconnect:
		return out, ErrReconnect
	case opInvalid:
		if string(m.D) == "true" {
			return out, errInvalidResume
		}
		return out, ErrInvalid
	case opHello:
		var hello struct {
			Interval int64 `json:"heartbeat_interval"` // milliseconds
		}
		if err := json.Unmarshal(m.D, &hello); err != nil || hello.Interval <= 0 || hello.Interval > int64(time.Hour/time.Millisecond) {
			return out, errHello
		}
		f.interval = time.Duration(hello.Interval) * time.Millisecond
		return appendText(out, fmt.Sprintf(`{"op":10,"d":{"heartbeat_interval":%d}}`, hello.Interval)), nil
	}
	return out, nil // of a newer gateway
}

// appendText appends a frame with a short message.
func appendText(out []byte, message string) []byte {
	return append(appendHeader(out, len(message)), message...)
}

// appendHeader appends the header of a frame with a message of so many bytes.
func appendHeader(out []byte, size int) []byte {
	const last = 0x80 | frameText
	switch {
	case size < 126:
		return append(out, last, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, last, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(out, last, 127), uint64(size))
}
