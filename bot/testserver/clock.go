package testserver

import (
	"strconv"
	"sync"
	"time"
)

// discordEpoch is the first second of 2015 in Unix milliseconds.
// https://docs.discord.com/developers/reference#snowflakes
const discordEpoch = 1420070400000

// A clock tells the server's time, and hands out ids by it: 42 bits of
// milliseconds since Discord's epoch and 22 bits that count within one
// millisecond. They increase strictly for as long as the clock is not set.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration // of this machine's clock
	set   uint64        // how often it was; a part of the ids, so that none comes twice
	last  uint64
}

// now is the server's time.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// SetClock sets how far the server's clock is ahead of this machine's. All that
// tells Discord's time tells it by that: ids, timestamps, the headers Date and
// X-RateLimit-Reset. How long something lasts goes on as it was, as where the
// machine's clock is wrong, or put right, and not Discord's.
func (s *Server) SetClock(ahead time.Duration) {
	c := &s.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if ahead < c.ahead {
		c.last = 0
	}
	c.ahead, c.set = ahead, c.set+1
}

// next returns an id greater than every one since the clock was set.
func (c *clock) next() string {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	id := uint64(now.UnixMilli()-discordEpoch)<<22 | c.set%64<<16
	if id <= c.last {
		id = c.last + 1
	}
	c.last = id
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
