package object

import (
	"strconv"
	"time"
)

// MadeAt is when the thing with an id was made.
// https://docs.discord.com/developers/reference#snowflakes
func MadeAt(id string) time.Time {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n>>22 + discordEpoch)
}

// IDAt is the first id of a moment.
func IDAt(t time.Time) string { return strconv.FormatInt((t.UnixMilli()-discordEpoch)<<22, 10) }

// IDBefore is an id that comes just before another, so that what comes after it
// begins with that one.
func IDBefore(id string) string {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return id
	}
	return strconv.FormatInt(n-1, 10)
}

// Newer tells whether one id was made after another.
func Newer(id, than string) bool {
	return len(id) > len(than) || len(id) == len(than) && id > than
}

// discordEpoch is the first millisecond of 2015.
const discordEpoch = 1420070400000
