package testserver

import (
	"bytes"
	"compress/zlib"
)

// largePayload is from how many bytes on an event is compressed for a client
// whose Identify asked for compression.
const largePayload = 4096

// zipper is the zlib context of one connection with ?compress=zlib-stream.
// https://docs.discord.com/developers/events/gateway#transport-compression
type zipper struct {
	out bytes.Buffer
	w   *zlib.Writer
}

func newZipper() *zipper {
	z := &zipper{}
	z.w = zlib.NewWriter(&z.out)
	return z
}

// next is a message as a part of the stream; it ends with 00 00 FF FF.
func (z *zipper) next(data []byte) ([]byte, error) {
	z.out.Reset()
	if _, err := z.w.Write(data); err != nil {
		return nil, err
	}
	if err := z.w.Flush(); err != nil {
		return nil, err
	}
	return z.out.Bytes(), nil
}

// zipped is a message compressed by itself.
// https://docs.discord.com/developers/events/gateway#payload-compression
func zipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
