//go:build !linux

package gateway

import "time"

// sinceBoot is how much time has passed since some moment, that in which the
// machine was asleep too; here, by its clock. When that is put forward, leases
// are over too early, which costs their connections, and when it is put back,
// sleep may not be noticed.
func sinceBoot() time.Duration { return time.Duration(time.Now().UnixNano()) }
