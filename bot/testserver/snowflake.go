package testserver

import (
	"strconv"
	"sync"
	"time"
)

// discordEpoch is the first second of 2015 in Unix milliseconds.
// https://docs.discord.com/developers/reference#snowflakes
const discordEpoch = 1420070400000

// snowflakes hands out strictly increasing ids: 42 bits of milliseconds since
// Discord's epoch and 22 bits that count within one millisecond.
type snowflakes struct {
	mu   sync.Mutex
	last uint64
}

// next returns an id greater than every one before it.
func (f *snowflakes) next() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := uint64(time.Now().UnixMilli()-discordEpoch) << 22
	if id <= f.last {
		id = f.last + 1
	}
	f.last = id
	return strconv.FormatUint(id, 10)
}

// snowflake parses an id as clients send it.
func snowflake(s string) (uint64, bool) {
	id, err := strconv.ParseUint(s, 10, 64)
	return id, err == nil && id != 0
}

// madeAt is when the thing with an id was made.
func madeAt(id uint64) time.Time { return time.UnixMilli(int64(id>>22) + discordEpoch) }

// olderID tells whether a was made before b; both are valid snowflakes.
func olderID(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// timestamp is Discord's form of a moment: microseconds, always UTC.
func timestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000+00:00")
}
