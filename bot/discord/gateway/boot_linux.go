package gateway

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot is how much time has passed since some moment, that in which the
// machine was asleep too. It makes no difference to it that the machine's clock
// is set.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0 // a kernel of before 2.6.39, for which sleep is not known
	}
	return time.Duration(t.Nano())
}
